using System.Text.Json;

namespace LoopCluster.Engine.Specs;

public static class JsonText
{
    /// <summary>
    /// Reads every name and string once: one with half a surrogate pair throws only where somebody reads it, and that is to be here.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is one.</exception>
    public static void ReadAll(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadAll(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadAll(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
