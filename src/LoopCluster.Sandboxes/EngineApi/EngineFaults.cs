using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Docker.DotNet;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>What a request to the engine may fail with, in words.</summary>
internal static class EngineFaults
{
    /// <summary>The engine or the way to it failed; a request that took too long shows as cancelled.</summary>
    public static bool IsOne(Exception e) =>
        e
            is DockerApiException
                or HttpRequestException
                or IOException
                or ObjectDisposedException
                or JsonException
                or OperationCanceledException;

    public static string Explain(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case DockerApiException answer:
                    return MessageOf(answer);
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return SandboxFaults.NotAllowed;
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return SandboxFaults.NotRunning;
                // What a path without a socket looks like.
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return "not installed, or its engine is not running";
                case AuthenticationException tls:
                    return $"TLS: {tls.InnerException?.Message ?? tls.Message}";
            }
        }

        return e is OperationCanceledException ? "no answer in time" : e.GetBaseException().Message;
    }

    // {"message":"…"}
    private static string MessageOf(DockerApiException answer)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.ResponseBody ?? "");
            return body.RootElement.GetProperty("message").GetString() ?? answer.Message;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return answer.Message;
        }
    }
}
