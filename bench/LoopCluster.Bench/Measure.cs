using System.Diagnostics;
using System.Globalization;

namespace LoopCluster.Bench;

/// <summary>Figures of the process and the machine.</summary>
internal static class Measure
{
    /// <summary>User and system time of this process so far.</summary>
    public static TimeSpan Cpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>User and system time of another process so far, in steps of 10 ms.</summary>
    public static TimeSpan Cpu(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }

    /// <summary>Peak resident set in MiB since the process began.</summary>
    public static double PeakRssMb() => StatusMb("self", "VmHWM:");

    /// <summary>Resident set of another process in MiB.</summary>
    public static double RssMb(int pid) => StatusMb(pid.ToString(CultureInfo.InvariantCulture), "VmRSS:");

    private static double StatusMb(string process, string key)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return Math.Round(double.Parse(new string([.. line.Where(char.IsAsciiDigit)]), CultureInfo.InvariantCulture) / 1024, 1);
    }

    public static double Percentile(IReadOnlyList<double> sorted, double percentile) =>
        sorted.Count == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * percentile / 100))], 3);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Machine()
    {
        var cpu = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1]
            .Trim()
            ?? "unknown";
        return $"{Environment.ProcessorCount} cores, {cpu}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}";
    }
}
