using System.Text;
using System.Text.Json;
using LoopCluster.Runtime.Policy;

namespace LoopCluster.Runtime.Tests.Policy;

public sealed class SecretRedactorTests
{
    private const string Secret = "p4ss/w0rd+\"quoted\"";
    private readonly SecretRedactor _redactor = new([Secret, "second-secret", "second-secret-and-more", null, "EMPTY"]);

    [Theory]
    [InlineData("nothing to see")]
    [InlineData("EMPTY")]
    [InlineData("sk-learn estimator-with-a-long-name-and-no-digit")]
    [InlineData("task-1234567890123456789012345")]
    [InlineData("eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEuanMiXSwibmFtZXMiOltdfQ==")]
    [InlineData("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----")]
    [InlineData("")]
    public void Redact_OrdinaryText_StaysTheSameObject(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).AsMemory();

        _redactor.Redact(text).ShouldBeSameAs(text);
        _redactor.Redact(bytes).Equals(bytes).ShouldBeTrue();
    }

    [Theory]
    [InlineData($"key={Secret};", "key=[redacted];")]
    [InlineData("{\"k\":\"p4ss/w0rd+\\\"quoted\\\"\"}", "{\"k\":\"[redacted]\"}")]
    [InlineData("?k=p4ss%2Fw0rd%2B%22quoted%22", "?k=[redacted]")]
    [InlineData("second-secret-and-more second-secret", "[redacted] [redacted]")]
    [InlineData("second-secretsecond-secret", "[redacted][redacted]")]
    [InlineData("ghp_abcdefghijklmnopqrstuvwxyz0123456789.", "[redacted]")]
    [InlineData("export K=sk-proj-abc123DEF456ghi789jkl", "export K=[redacted]")]
    [InlineData("id AKIAIOSFODNN7EXAMPL3A ok", "id [redacted] ok")]
    [InlineData("Authorization: Bearer abcdef0123456789abcdef", "Authorization: [redacted]")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "[redacted]")]
    [InlineData("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nno end", "[redacted]")]
    public void Redact_Secret_IsReplaced(string text, string expected)
    {
        _redactor.Redact(text).ShouldBe(expected);
        Encoding.UTF8.GetString(_redactor.Redact(Encoding.UTF8.GetBytes(text).AsMemory()).Span).ShouldBe(expected);
    }

    [Fact]
    public void Redact_Base64OfASecret_IsReplaced()
    {
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret + " and what follows"));

        _redactor.Redact(text).ShouldStartWith("[redacted]");
    }

    [Fact]
    public void Redact_LinesOfAKeyFile_AreReplacedOneByOne()
    {
        var redactor = new SecretRedactor(["first-line-of-it\nsecond-line-of-it\n"]);

        redactor.Redact("> second-line-of-it\n> first-line-of-it").ShouldBe("> [redacted]\n> [redacted]");
    }

    [Fact]
    public void Redact_SecretAnywhereInLongBinaryOutput_IsFoundAndTheRestIsUntouched()
    {
        var secret = "second-secret"u8.ToArray();
        var noise = new byte[200_000];
        new Random(7).NextBytes(noise);

        // Every place around where one window of the scan ends and the next begins.
        for (var at = 32 * 1024 - 40; at < 32 * 1024 + 40; at++)
        {
            byte[] text = [.. noise.AsSpan(0, at), .. secret, .. noise.AsSpan(at)];

            byte[] expected = [.. noise.AsSpan(0, at), .. "[redacted]"u8, .. noise.AsSpan(at)];
            _redactor.Redact(text.AsMemory()).Span.SequenceEqual(expected).ShouldBeTrue($"at {at}");
        }
    }

    [Fact]
    public void Redact_SecretBeyondAscii_IsFoundInUtf8() =>
        new SecretRedactor(["pässwörd-€"]).Redact("é pässwörd-€ é").ShouldBe("é [redacted] é");

    [Theory]
    [InlineData("sk-")]
    [InlineData(" sk-")]
    [InlineData("eyJ.")]
    [InlineData("-----BEGIN ")]
    [InlineData("-----BEGIN PRIVATE KEY----- -----END ")]
    [InlineData("second-secre")]
    public void Redact_EightMebibytesOfNearMisses_EndsSoon(string part)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 8 * 1024 * 1024 / part.Length)));

        // Quadratic work would take hours here; the test's own run time is the assertion's other half.
        _redactor.Redact(text.AsMemory()).Length.ShouldBeLessThanOrEqualTo(text.Length);
    }

    [Fact]
    public void Redact_Json_LooksBehindEscapes()
    {
        var json = JsonElement.Parse("""{"command": "echo \u0073econd-secret", "n": [1, "second-secret", null], "second-secret": true}""");

        _redactor.Redact(json).GetRawText().ShouldBe("""{"command":"echo [redacted]","n":[1,"[redacted]",null],"[redacted]":true}""");
    }

    [Fact]
    public void ForVariables_ReadsThemOnceAndSkipsUnset()
    {
        var redactor = SecretRedactor.ForVariables(["A", "B"], name => name == "A" ? "value-of-a" : null);

        redactor.Redact("value-of-a").ShouldBe("[redacted]");
    }
}
