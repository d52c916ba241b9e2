using System.Text.Json;
using System.Text.Json.Nodes;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Specs;

public sealed class LoopSpecReaderTests
{
    private const string Whole = """
        {
          "goal": "make it work",
          "workspace": { "path": "repo", "ref": "main" },
          "models": { "make": { "url": "http://localhost:8000/v1/", "model": "qwen", "keyEnv": "KEY", "window": 32768, "maxTokens": 4096,
                                "price": { "in": 0.5, "out": 1.25 }, "family": "qwen", "concurrency": 8, "stream": true },
                      "plan": "script:plan.yaml" },
          "mode": "loop", "image": "registry.example:5000/team/python:3.13",
          "prepare": { "run": "pip install .", "allow": ["packages.example.org:443", "[::1]:80"], "timeout": "5m" },
          "gates": [ { "name": "tests", "run": "pytest", "protect": ["tests/**", "*.{cfg,toml}"], "baseline": "red", "evidence": "^\\d+ passed", "confirm": 2, "timeout": "90s" },
                     { "name": "lint", "run": "ruff check", "baseline": "pass" } ],
          "changes": { "allow": ["src/"], "deny": ["src/[ab].py"], "maxFiles": 10, "maxLines": 500 },
          "budget": { "attempts": 3, "turns": 50, "tokens": 100000, "cost": 1.5, "sandboxSeconds": 600, "deadline": "10m" },
          "sandbox": { "memory": "512m", "cpus": 1.5, "pids": 100, "timeout": "30s", "egress": ["api.example.com:443"] },
          "policy": { "rules": [ { "tool": "*", "effect": "allow" }, { "tool": "shell", "arguments": { "command": "rm -rf" }, "effect": "deny" } ] },
          "plan": true, "stuck": { "sameAction": 5, "sameError": 2, "alternating": 8 }
        }
        """;

    private static readonly SpecOrigin InFile = SpecOrigin.File("/specs");

    [Fact]
    public void Read_EveryKey_FillsEveryProperty()
    {
        var spec = Read(Whole);

        spec.Workspace.ShouldBe(new WorkspaceSpec { Path = "/specs/repo", Ref = "main" });
        spec.Models["make"].Url.ShouldBe("http://localhost:8000/v1");
        spec.Models["make"].Price.ShouldBe(new ModelPrice { In = 0.5m, Out = 1.25m });
        spec.Models["plan"].ScriptPath.ShouldBe("/specs/plan.yaml");
        spec.Image.ShouldBe("registry.example:5000/team/python:3.13");
        spec.Prepare!.Allow.ShouldBe(["packages.example.org:443", "[::1]:80"]);
        spec.Prepare.Timeout.ShouldBe(Duration.FromMinutes(5));
        spec.Gates.Select(gate => gate.Name).ShouldBe(["tests", "lint"]);
        spec.Gates[0].ShouldBeOfType<CommandGate>().Evidence.ShouldBe("^\\d+ passed");
        spec.Gates[0].Confirm.ShouldBe(2);
        spec.Gates[0].Protect.ShouldBe(["tests/**", "*.{cfg,toml}"]);
        spec.Gates[1].Baseline.ShouldBe(GateBaseline.Pass);
        spec.Gates[1].Timeout.ShouldBe(Duration.FromSeconds(60));
        spec.Changes.Deny.ShouldBe(["src/[ab].py"]);
        spec.Budget.ShouldBe(
            new BudgetLimits
            {
                Attempts = 3,
                Turns = 50,
                Tokens = 100000,
                Cost = 1.5m,
                SandboxSeconds = 600,
                Deadline = Duration.FromMinutes(10),
            }
        );
        spec.Sandbox.Memory.ShouldBe(512L << 20);
        spec.Sandbox.Egress.ShouldBe(["api.example.com:443"]);
        spec.Policy!.Rules[1].Arguments["command"].ShouldBe("rm -rf");
        spec.Plan.ShouldBeTrue();
        spec.Stuck.ShouldBe(
            new StuckLimits
            {
                SameAction = 5,
                SameError = 2,
                Alternating = 8,
            }
        );
    }

    [Fact]
    public void Read_ThenSerialised_ComesBackTheSame()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
        var text = JsonSerializer.Serialize(Read(Whole), options);

        JsonSerializer.Serialize(JsonSerializer.Deserialize<LoopSpec>(text, options), options).ShouldBe(text);
    }

    [Fact]
    public void Read_OnlyWhatIsNeeded_HasTheDefaultsOfTheRecords()
    {
        var spec = Read(Minimal());

        spec.Budget.ShouldBe(new BudgetLimits());
        spec.Sandbox.ShouldBe(new SandboxLimits());
        spec.Stuck.ShouldBe(new StuckLimits());
        spec.Image.ShouldBe("loopcluster/sandbox");
        spec.Policy.ShouldBeNull();
        spec.Models.Keys.ShouldBe(["make"]);
    }

    [Fact]
    public void Read_ManyFaults_ReportsEveryOneWithItsPath()
    {
        var faults = Faults(
            """
            { "gaol": "x", "workspace": { "path": "a", "git": "https://h/r" }, "model": "m", "models": { "worker": "m" },
              "gates": [ { "name": "a b", "run": "", "timeout": 60, "confirm": 11, "evidence": "(?=x)", "protect": ["/etc"] }, { "name": "t", "judge": "j" } ],
              "budget": { "attempts": 0, "deadline": "5 minutes" }, "sandbox": { "memory": "1m", "egress": ["https://x"] }, "review": { "sample": 2 } }
            """
        );

        faults
            .Select(fault => fault.Path)
            .ShouldBe(
                [
                    "goal",
                    "workspace",
                    "models",
                    "models.make",
                    "models.worker",
                    "gates[0].name",
                    "gates[0].run",
                    "gates[0].protect[0]",
                    "gates[0].evidence",
                    "gates[0].confirm",
                    "gates[0].timeout",
                    "gates[1].judge",
                    "budget.attempts",
                    "budget.deadline",
                    "sandbox.memory",
                    "sandbox.egress[0]",
                    "review.sample",
                    "gaol",
                ],
                ignoreOrder: true
            );
    }

    [Theory]
    [InlineData("timout", "'timeout'")]
    [InlineData("time_out", "'timeout'")]
    [InlineData("Evidence", "'evidence'")]
    [InlineData("wholly-else", "known here: ")]
    public void Read_UnknownKey_SaysWhatWasMeant(string key, string expected)
    {
        var fault = Faults(Minimal(spec => spec["gates"]![0]![key] = "x")).ShouldHaveSingleItem();

        fault.Path.ShouldBe($"gates[0].{key}");
        fault.Message.ShouldContain(expected);
    }

    [Fact]
    public void Read_NoGates_IsAFaultOnlyForALoop()
    {
        Faults(Minimal(spec => spec.Remove("gates")))
            .ShouldHaveSingleItem()
            .ShouldBe(new InputFault("gates", "missing: a loop needs at least one gate; without any, only mode: single-shot"));
        Read(
            Minimal(spec =>
            {
                spec.Remove("gates");
                spec["mode"] = "single-shot";
            })
        )
            .Gates.ShouldBeEmpty();
        Faults(Minimal(spec => spec["gates"] = new JsonArray())).ShouldHaveSingleItem().Path.ShouldBe("gates");
    }

    [Theory]
    [InlineData("goal", "\" \"", "empty")]
    [InlineData("goal", "\"a\\u0000b\"", "NUL")]
    [InlineData("goal", "\"\\ud800\"", "Unicode")]
    [InlineData("goal", "42", "quotes")]
    [InlineData("goal", "null", "no value")]
    [InlineData("image", "\"-it\"", "name of an image")]
    [InlineData("mode", "\"loops\"", "loop or single-shot")]
    [InlineData("plan", "\"yes\"", "true or false")]
    [InlineData("gates", "{}", "must be a list")]
    [InlineData("changes", "{\"maxFiles\": 1.5}", "whole number")]
    [InlineData("changes", "{\"deny\": [\"a/../b\"]}", "'..'")]
    [InlineData("changes", "{\"deny\": [\"a[b\"]}", "not closed")]
    [InlineData("changes", "{\"deny\": [\"[]\"]}", "not closed")]
    [InlineData("changes", "{\"deny\": [\"{a,}\"]}", "empty")]
    [InlineData("changes", "{\"deny\": [\"a**\"]}", "stand alone")]
    [InlineData("changes", "{\"deny\": [\"!a\"]}", "'!'")]
    [InlineData("budget", "{\"cost\": -1}", "from 0")]
    [InlineData("budget", "{\"tokens\": 1e400}", "whole number")]
    [InlineData("budget", "{\"deadline\": \"400d\"}", "length of time")]
    [InlineData("sandbox", "{\"memory\": 1}", "16m")]
    [InlineData("sandbox", "{\"memory\": \"99999999999999999999999999999g\"}", "16m")]
    [InlineData("sandbox", "{\"egress\": [\"host:0\"]}", "host:port")]
    [InlineData("sandbox", "{\"egress\": [\"-x:1\"]}", "host:port")]
    [InlineData("stuck", "{\"sameError\": 1}", "from 2")]
    [InlineData("policy", "{\"rules\": [{\"tool\": \"shell\", \"effect\": \"maybe\"}]}", "allow or ask or deny")]
    [InlineData(
        "policy",
        "{\"rules\": [{\"tool\": \"shell\", \"effect\": \"deny\", \"arguments\": {\"command\": \"(\"}}]}",
        "regular expression"
    )]
    [InlineData("model", "\"https://host/v1\"", "url")]
    [InlineData("model", "{\"url\": \"http://u:p@host/v1\", \"model\": \"m\"}", "keyEnv")]
    [InlineData("model", "{\"url\": \"http://host/v1/chat/completions\", \"model\": \"m\"}", "before /chat/completions")]
    [InlineData("model", "{\"url\": \"http://host/v1\", \"model\": \"m\", \"window\": 2048, \"maxTokens\": 4096}", "less than the window")]
    [InlineData("workspace", "{}", "exactly one")]
    [InlineData("workspace", "{\"git\": \"ext::sh -c id\"}", "URL that git can clone")]
    [InlineData("workspace", "{\"git\": \"--upload-pack=id\"}", "URL that git can clone")]
    [InlineData("workspace", "{\"git\": \"ssh://-oProxyCommand=id/x\"}", "")]
    [InlineData("workspace", "{\"git\": \"https://token@host/x\"}", "ledger")]
    [InlineData("workspace", "{\"git\": \"ftp://host/x\"}", "https, ssh")]
    [InlineData("workspace", "{\"path\": \".\", \"ref\": \"-x\"}", "branch")]
    [InlineData("workspace", "{\"path\": \"~/x\"}", "expanded")]
    public void Read_FaultyValue_IsRefusedWithAReason(string key, string value, string reason)
    {
        var fault = Faults(Minimal(raw: (key, value))).ShouldHaveSingleItem();

        fault.Path.ShouldStartWith(key);
        fault.Message.ShouldContain(reason);
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("/abs")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData(".git/config")]
    [InlineData("sub/.GIT /hooks/x")]
    [InlineData("git~1/config")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("")]
    public void Read_InlineFileWithUnsafePath_IsRefused(string path)
    {
        var faults = Faults(Minimal(spec => spec["workspace"] = new JsonObject { ["files"] = new JsonObject { [path] = "x" } }));

        faults.ShouldHaveSingleItem().Path.ShouldStartWith("workspace.files");
    }

    [Fact]
    public void Read_InlineFiles_AreBoundedAndCannotCollide()
    {
        Read(Minimal(spec => spec["workspace"] = Files(("empty", ""), ("a/b", "x")))).Workspace.Files!.Keys.ShouldBe(["a/b", "empty"]);
        Faults(Minimal(spec => spec["workspace"] = Files(("a", ""), ("a/b/c", "x"))))
            .ShouldHaveSingleItem()
            .Message.ShouldContain("directory");
        Faults(Minimal(spec => spec["workspace"] = Files(("a", new string('x', 1 << 20)))))
            .ShouldHaveSingleItem()
            .Message.ShouldContain("1 MiB");
    }

    [Fact]
    public void Read_KeyGivenTwice_IsAFault()
    {
        Faults("""{"goal":"a","goal":"b","workspace":{"path":"."},"model":"m","gates":[{"name":"t","run":"true"}]}""")
            .ShouldHaveSingleItem()
            .ShouldBe(new InputFault("goal", "is given twice"));
    }

    [Fact]
    public void Read_GateNamesThatDifferInCase_AreOneName()
    {
        var fault = Faults(Minimal(spec => spec["gates"]!.AsArray().Add(new JsonObject { ["name"] = "TESTS", ["run"] = "true" })))
            .ShouldHaveSingleItem();

        fault.Path.ShouldBe("gates[1].name");
    }

    [Fact]
    public void Read_KeyInsteadOfItsVariable_IsNotRepeatedInTheMessage()
    {
        var model = new JsonObject
        {
            ["url"] = "http://host/v1",
            ["model"] = "m",
            ["keyEnv"] = "sk-very-secret",
        };

        Faults(Minimal(spec => spec["model"] = model)).ShouldHaveSingleItem().Message.ShouldNotContain("sk-very");
    }

    [Theory]
    [InlineData("{\"workspace\": {\"path\": \"/etc\"}}", "workspace.path")]
    [InlineData("{\"workspace\": {\"git\": \"/etc\"}}", "workspace.git")]
    [InlineData("{\"workspace\": {\"git\": \"file:///etc\"}}", "workspace.git")]
    [InlineData("{\"workspace\": {\"git\": \"http://host/r\"}}", "workspace.git")]
    [InlineData("{\"model\": \"script:/etc/passwd\"}", "model")]
    [InlineData("{\"model\": {\"url\": \"http://169.254.169.254/\", \"model\": \"m\"}}", "model")]
    [InlineData("{\"policy\": \"/etc/passwd\"}", "policy")]
    public void Read_LocalPathOverTheNetwork_IsNotAllowed(string change, string path)
    {
        var json = Minimal(spec =>
        {
            spec["workspace"] = new JsonObject { ["git"] = "https://host/r.git" };
            foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
            {
                spec[key] = value!.DeepClone();
            }
        });

        var thrown = Should.Throw<BadInputException>(() => LoopSpecReader.Read(JsonElement.Parse(json), SpecOrigin.Api));

        thrown.Code.ShouldBe("spec-path-not-allowed");
        thrown.Faults.ShouldHaveSingleItem().Path.ShouldBe(path);
    }

    [Fact]
    public void Read_InlineScriptOverTheNetwork_IsAllowed()
    {
        var json = Minimal(spec =>
        {
            spec["workspace"] = Files(("a", "b"));
            spec["model"] = JsonNode.Parse("""{"script": {"replies": [{"text": "hi"}]}}""");
        });

        LoopSpecReader.Read(JsonElement.Parse(json), SpecOrigin.Api).Models["make"].Script.ShouldNotBeNull().ShouldContain("replies");
    }

    [Fact]
    public void Read_ThousandsOfFaults_AreBoundedAndHarmlessOnATerminal()
    {
        var json = Minimal(spec =>
        {
            for (var i = 0; i < 5000; i++)
            {
                spec[$"\u001b[2J{i}"] = 1;
            }
        });

        var faults = Faults(json);

        faults.Count.ShouldBe(101);
        faults[^1].Message.ShouldBe("and 4900 more faults");
        faults.ShouldAllBe(fault => !fault.Path.Contains('\u001b'));
    }

    [Fact]
    public void Read_PolicyFile_IsReadFromBesideTheSpecAndItsFaultsNameIt()
    {
        var json = Minimal(spec => spec["policy"] = "rules.yaml");
        var asked = "";
        var origin = SpecOrigin.File("/specs", path =>
        {
            asked = path;
            return JsonElement.Parse("""{"rules": [{"tool": "shell", "effect": "perhaps"}]}""");
        });

        var thrown = Should.Throw<BadInputException>(() => LoopSpecReader.Read(JsonElement.Parse(json), origin));

        asked.ShouldBe("/specs/rules.yaml");
        thrown.Faults.ShouldHaveSingleItem().Message.ShouldStartWith("in /specs/rules.yaml: rules[0].effect: ");
    }

    private static JsonObject Files(params (string Path, string Text)[] files) =>
        new() { ["files"] = new JsonObject(files.Select(file => KeyValuePair.Create(file.Path, (JsonNode?)file.Text))) };

    private static string Minimal(Action<JsonObject>? change = null, (string Key, string Json)? raw = null)
    {
        var spec = new JsonObject
        {
            ["goal"] = "g",
            ["workspace"] = new JsonObject { ["path"] = "." },
            ["model"] = "m",
            ["gates"] = new JsonArray(new JsonObject { ["name"] = "tests", ["run"] = "true" }),
        };
        change?.Invoke(spec);
        if (raw is not { } value)
        {
            return spec.ToJsonString();
        }

        // As the document has it: a JsonNode would not keep every oddity.
        spec[value.Key] = "@raw@";
        return spec.ToJsonString().Replace("\"@raw@\"", value.Json, StringComparison.Ordinal);
    }

    private static LoopSpec Read(string json) => LoopSpecReader.Read(JsonElement.Parse(json), InFile);

    private static IReadOnlyList<InputFault> Faults(string json)
    {
        var thrown = Should.Throw<BadInputException>(() => Read(json));
        thrown.Code.ShouldBe("spec-invalid");
        return thrown.Faults;
    }
}
