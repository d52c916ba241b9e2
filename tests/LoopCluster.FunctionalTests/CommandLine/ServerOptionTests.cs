using System.CommandLine;
using System.Net;
using LoopCluster.Cli.Commands;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>No command passes a server over that it was given: it asks that server, or it refuses the option.</summary>
public sealed class ServerOptionTests : IAsyncLifetime, IDisposable
{
    private readonly TestFiles _files = new();
    private WebApplication? _server;
    private string _url = "";
    private int _asked;

    public static TheoryData<string> Commands =>
        [.. Walk(RootCommands.Create(new CommonOptions())).Where(c => c.Command.Action is not null).Select(c => c.Path)];

    public async Task InitializeAsync()
    {
        _files.Write(
            "loop.yaml",
            "goal: x\nworkspace: { files: { a: b } }\nmodel: { script: { replies: [] } }\ngates: [ { name: a, run: 'false' } ]\n"
        );
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(async context =>
        {
            Interlocked.Increment(ref _asked);
            context.Response.StatusCode = 401;
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync("""{"code":"unauthorized","detail":"no such key"}""");
        });
        await _server.StartAsync();
        _url = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    public async Task DisposeAsync() => await _server!.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_ServerGiven_AsksItOrRefusesTheOption(string path)
    {
        var options = new CommonOptions();
        var command = Walk(RootCommands.Create(options)).Single(c => c.Path == path).Command;
        string[] arguments = [.. path.Split(' '), .. ArgumentsOf(command), "--server", _url, "--json"];

        var code = await RootCommands.RunAsync(options.Remote.Takes(command) ? [.. arguments, "--key", "lc_x"] : arguments);

        code.ShouldBe(2);
        (_asked > 0).ShouldBe(options.Remote.Takes(command), $"loop {path} --server");
    }

    [Theory]
    [InlineData("ls --server http://127.0.0.1:1 --key k --models m.yaml", "--models")]
    [InlineData("ls --key k", "--key")]
    [InlineData("replay x --server http://127.0.0.1:1", "--server")]
    [InlineData("proof --server http://127.0.0.1:1 verify x", "--server")]
    public async Task CommandLine_OptionWouldBePassedOver_IsRefusedByName(string line, string option)
    {
        var words = line.Replace("SPEC", _files.At("loop.yaml"), StringComparison.Ordinal).Split(' ');

        using var process = LoopProcess.StartAsIs([], [.. words, "--json"]);
        var result = await process.EndAsync();

        result.ExitCode.ShouldBe(2, result.ToString());
        var error = result.Json.GetProperty("error");
        (error.GetProperty("code").GetString(), error.GetProperty("path").GetString()).ShouldBe(("usage", option));
    }

    [Fact]
    public async Task Replay_ServerOfTheEnvironment_AsksForTheDirectory()
    {
        using var process = LoopProcess.StartAsIs([("LOOPCLUSTER_SERVER", _url), ("LOOPCLUSTER_KEY", "k")], "replay", "x", "--json");
        var result = await process.EndAsync();

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Json.GetProperty("error").GetProperty("path").GetString().ShouldBe("--data");
    }

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path = "") =>
        command.Subcommands.SelectMany(c => Walk(c, $"{path} {c.Name}".Trim())).Prepend((path, command)).Where(c => c.Item1.Length > 0);

    private IEnumerable<string> ArgumentsOf(Command command) =>
        [
            .. command
                .Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0)
                .Select(a =>
                    a.Name == "SPEC" ? _files.At("loop.yaml")
                    : a.ValueType == typeof(string) ? "x"
                    : "1"
                ),
            .. command.Options.Where(o => o.Required).SelectMany(o => new[] { o.Name, "1" }),
        ];
}
