using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Engine.Tests.Ledger;

public sealed class LedgerBlobsTests
{
    public static TheoryData<Type> Events =>
        [.. typeof(LoopEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LoopEvent)) && !t.IsAbstract)];

    /// <summary>
    /// Every event is filled with a blob wherever its type has a place for one, so that a new event or member cannot be forgotten.
    /// </summary>
    [Theory]
    [MemberData(nameof(Events))]
    public void Of_EventWithEveryBlobItCanName_NamesThemAll(Type type)
    {
        var placed = new List<BlobRef>();

        var loopEvent = (LoopEvent)Fill(type, placed, 0)!;

        LedgerBlobs.Of(loopEvent).Select(b => b.Blob).ShouldBe(placed, ignoreOrder: true);
    }

    [Fact]
    public void Fill_Verified_FindsProofAndPack()
    {
        var placed = new List<BlobRef>();
        _ = Fill(typeof(LoopVerified), placed, 0);

        placed.Count.ShouldBe(2);
    }

    private static object? Fill(Type type, List<BlobRef> placed, int depth)
    {
        if (type == typeof(BlobRef))
        {
            placed.Add(new BlobRef($"hash-{placed.Count}", placed.Count));
            return placed[^1];
        }

        if (type == typeof(string))
        {
            return "x";
        }

        // The spec is what a person wrote: it names no blob of the store.
        if (
            depth > 4
            || type.Namespace?.StartsWith("LoopCluster.Engine", StringComparison.Ordinal) != true
            || type == typeof(Engine.Specs.LoopSpec)
            || !type.IsClass
        )
        {
            return Collection(type, placed, depth) ?? (type.IsValueType ? Activator.CreateInstance(type) : null);
        }

        var made = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var field in Fields(type))
        {
            field.SetValue(made, Fill(field.FieldType, placed, depth + 1));
        }

        return made;
    }

    private static object? Collection(Type type, List<BlobRef> placed, int depth)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var list = Array.CreateInstance(type.GetGenericArguments()[0], 1);
            list.SetValue(Fill(type.GetGenericArguments()[0], placed, depth + 1), 0);
            return list;
        }

        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IReadOnlyDictionary<,>))
        {
            return null;
        }

        var made = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments()))!;
        made.Add("x", Fill(type.GetGenericArguments()[1], placed, depth + 1));
        return made;
    }

    private static IEnumerable<FieldInfo> Fields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .Concat(type.BaseType is { } below && below != typeof(object) ? Fields(below) : []);
}
