namespace LoopCluster.Engine.Errors;

/// <summary>What an error says about who has to do something.</summary>
public enum ErrorKind
{
    /// <summary>What was given cannot be used: it has to be another one.</summary>
    Input,

    /// <summary>Nobody knows who asks.</summary>
    Unauthorized,

    /// <summary>There is no such thing, for this caller.</summary>
    NotFound,

    /// <summary>Not as things stand: look at them again.</summary>
    Conflict,

    /// <summary>Another form of the same request would be taken.</summary>
    Unsupported,

    /// <summary>The key was used for something else.</summary>
    Reused,

    /// <summary>Fewer at a time.</summary>
    TooMany,

    /// <summary>Something underneath is broken or busy: the same request may do later.</summary>
    Unavailable,

    /// <summary>What is stored is damaged.</summary>
    Damaged,

    /// <summary>A fault of ours.</summary>
    Fault,
}
