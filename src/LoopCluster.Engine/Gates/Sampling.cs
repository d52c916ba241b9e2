using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Gates;

/// <summary>Which verified loops people look at: a share of them, by the loop's id alone, so that every host says the same.</summary>
public static class Sampling
{
    private const string Domain = "loopcluster-review/1";

    /// <param name="share">0 to 1; null for none.</param>
    public static bool Takes(LoopId loop, double? share) =>
        share is { } part
        && BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Domain + loop.Value))) / (double)ulong.MaxValue
            < part;
}
