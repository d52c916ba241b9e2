using System.Text;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>All chains of one kind, in the order of their first entries.</summary>
internal sealed class ChainTable(Func<string, LedgerHash> genesis)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Chain> _chains = new(StringComparer.Ordinal);
    private readonly List<Chain> _order = [];
    private readonly HashSet<Chain> _damaged = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    public Chain? Find(string key)
    {
        lock (_lock)
        {
            return _chains.GetValueOrDefault(key);
        }
    }

    /// <summary>
    /// The chain of a key in ASCII; <paramref name="create"/> makes a new one that is not listed before <see cref="Enlist"/>.
    /// </summary>
    public Chain? Find(ReadOnlySpan<byte> key, bool create)
    {
        Span<char> text = stackalloc char[128];
        if (key.Length > text.Length)
        {
            return null;
        }

        var length = Encoding.ASCII.GetChars(key, text);
        lock (_lock)
        {
            return _chains.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out var chain) ? chain
                : create ? New(new string(text[..length]))
                : null;
        }
    }

    /// <summary>A chain without entries, to be made known with <see cref="Enlist"/> once it has one.</summary>
    public Chain New(string key) => new(key, genesis(key));

    public LedgerHash Genesis(string key) => genesis(key);

    public void Enlist(Chain chain)
    {
        lock (_lock)
        {
            if (_chains.TryAdd(chain.Key, chain))
            {
                _order.Add(chain);
                if (chain.IsDamaged)
                {
                    _damaged.Add(chain);
                }
            }
        }
    }

    /// <summary>Refuses a chain from here on.</summary>
    public void Damage(Chain chain, ChainDamage damage)
    {
        chain.Damage(damage);
        lock (_lock)
        {
            _damaged.Add(chain);
        }
    }

    /// <summary>Chains that are refused.</summary>
    public Chain[] Damaged()
    {
        lock (_lock)
        {
            return [.. _damaged];
        }
    }

    public Chain[] ToArray()
    {
        lock (_lock)
        {
            return [.. _order];
        }
    }
}
