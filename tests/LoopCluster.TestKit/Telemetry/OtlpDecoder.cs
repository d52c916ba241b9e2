namespace LoopCluster.TestKit.Telemetry;

/// <summary>Reads export requests by the field numbers of opentelemetry-proto 1.x.</summary>
internal static class OtlpDecoder
{
    private const int ErrorStatus = 2;

    /// <summary>Every request is a list of resources, which holds lists of scopes, which hold the items.</summary>
    private static IEnumerable<(string Service, string Scope, ProtoField Item)> Items(ReadOnlyMemory<byte> request) =>
        from resource in ProtoField.Read(request).Where(f => f.Number == 1)
        let service = resource
            .Fields.Where(f => f.Number == 1)
            .Select(r => Tags(r, 1).GetValueOrDefault("service.name"))
            .FirstOrDefault()
            ?.ToString()
            ?? ""
        from scope in resource.Fields.Where(f => f.Number == 2)
        let name = scope.Fields.Where(f => f.Number == 1).SelectMany(s => s.Fields).FirstOrDefault(f => f.Number == 1).Text
        from item in scope.Fields.Where(f => f.Number == 2)
        select (service, name, item);

    public static IEnumerable<ReceivedSpan> Spans(ReadOnlyMemory<byte> request) =>
        Items(request)
            .Select(i =>
            {
                var fields = i.Item.Fields.ToLookup(f => f.Number);
                var (start, end) = (First(fields, 7).Value, First(fields, 8).Value);
                var status = First(fields, 15).Fields.ToLookup(f => f.Number);
                return new ReceivedSpan(
                    i.Service,
                    i.Scope,
                    First(fields, 1).Hex,
                    First(fields, 2).Hex,
                    First(fields, 4).Hex,
                    First(fields, 5).Text,
                    (int)First(fields, 6).Value,
                    TimeSpan.FromMicroseconds((end - start) / 1000.0),
                    (long)start,
                    Tags(i.Item, 9),
                    [.. fields[13].Select(l => l.Fields.First(f => f.Number == 2).Hex)],
                    First(status, 3).Value == ErrorStatus ? First(status, 2).Text : null
                );
            });

    public static IEnumerable<ReceivedMetric> Metrics(ReadOnlyMemory<byte> request) =>
        Items(request)
            .Select(i =>
            {
                var fields = i.Item.Fields.ToLookup(f => f.Number);
                // Gauge, sum, histogram, exponential histogram: points are field 1 of each, and their attributes have a number of their
                // own.
                var points =
                    from data in i.Item.Fields
                    where data.Number is 5 or 7 or 9 or 10
                    from point in data.Fields
                    where point.Number == 1
                    select Tags(
                        point,
                        data.Number switch
                        {
                            9 => 9,
                            10 => 1,
                            _ => 7,
                        }
                    );
                return new ReceivedMetric(i.Service, i.Scope, First(fields, 1).Text, First(fields, 3).Text, [.. points]);
            });

    public static IEnumerable<ReceivedLog> Logs(ReadOnlyMemory<byte> request) =>
        Items(request)
            .Select(i =>
            {
                var fields = i.Item.Fields.ToLookup(f => f.Number);
                return new ReceivedLog(
                    i.Service,
                    i.Scope,
                    First(fields, 3).Text,
                    Value(First(fields, 5))?.ToString() ?? "",
                    First(fields, 9).Hex,
                    Tags(i.Item, 6)
                );
            });

    private static Dictionary<string, object> Tags(ProtoField message, int number)
    {
        var tags = new Dictionary<string, object>();
        foreach (var tag in message.Fields.Where(f => f.Number == number))
        {
            var pair = tag.Fields.ToLookup(f => f.Number);
            tags[First(pair, 1).Text] = Value(First(pair, 2)) ?? "";
        }

        return tags;
    }

    private static object? Value(ProtoField any) =>
        any.Fields.FirstOrDefault() switch
        {
            { Number: 1 } text => text.Text,
            { Number: 2 } flag => flag.Value != 0,
            { Number: 3 } number => (long)number.Value,
            { Number: 4 } number => number.Double,
            { Number: 5 } list => string.Join(",", list.Fields.Select(Value)),
            _ => null,
        };

    private static ProtoField First(ILookup<int, ProtoField> fields, int number) => fields[number].FirstOrDefault();
}
