namespace LoopCluster.Client.Answers;

/// <summary>Names the loop that a request made or took up.</summary>
public sealed record LoopName(string Id);
