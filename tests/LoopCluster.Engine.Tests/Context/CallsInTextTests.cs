using LoopCluster.Engine.Context;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

/// <summary>Calls as models write them into their text where no parser took them out, and texts that only look like it.</summary>
public class CallsInTextTests
{
    [Theory]
    [InlineData("I write.\n\n<function=write_file>\n<parameter=path>\na.txt\n</parameter>\n</function>\n</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"write_file\", \"arguments\": {\"x\": \"a\"}}\n</tool_call>")]
    [InlineData("<tool_call>write_file\n<arg_key>x</arg_key>\n<arg_value>a</arg_value>\n</tool_call>")]
    [InlineData("Now:\n<function=shell{\"x\": \"ls\"}</function>")]
    [InlineData("<function_calls>\n<invoke name=\"shell\">\n<parameter name=\"x\">ls</parameter>\n</invoke>\n</function_calls>")]
    [InlineData("[TOOL_CALLS][{\"name\": \"shell\", \"arguments\": {\"x\": \"ls\"}}]")]
    [InlineData("[TOOL_CALLS]shell[ARGS]{\"x\": \"ls\"}")]
    [InlineData("[TOOL_REQUEST]\n{\"name\":\"read_file\",\"arguments\":{}}\n[END_TOOL_REQUEST]")]
    [InlineData("<|python_tag|>{\"name\": \"shell\", \"parameters\": {\"x\": \"ls\"}}")]
    [InlineData("<|python_tag|>shell.call(x=\"ls\")")]
    [InlineData("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>shell\n```json\n{\"x\":\"ls\"}\n```<｜tool▁call▁end｜>")]
    [InlineData("<|tool_calls_section_begin|><|tool_call_begin|>functions.shell:0<|tool_call_argument_begin|>{\"x\":\"ls\"}")]
    [InlineData("<|channel|>commentary to=functions.shell <|constrain|>json<|message|>{\"x\":\"ls\"}")]
    [InlineData("functools[{\"name\": \"shell\", \"arguments\": {}}]")]
    [InlineData("Thought: look\nAction: shell\nAction Input: {\"x\": \"ls\"}")]
    [InlineData("I will:\n```json\n{\"name\": \"write_file\", \"arguments\": {\"x\": \"a\"}}\n```\nThen I am done.")]
    [InlineData("```\n{\"tool\": \"shell\", \"args\": {\"x\": \"ls\"}}\n```")]
    [InlineData("{\"name\": \"shell\", \"parameters\": {\"x\": \"ls\"}}")]
    [InlineData("[{\"type\": \"function\", \"function\": {\"name\": \"shell\", \"arguments\": \"{}\"}}]")]
    [InlineData(
        "{\"tool_calls\": [{\"id\": \"pending\", \"type\": \"function\", \"function\": {\"name\": \"shell\"}, \"parameters\": {}}]}\n",
        false
    )]
    [InlineData("{\"tool_calls\": [{\"function\": {\"name\": \"shell\", \"arguments\": {}}}]}")]
    [InlineData("[shell(x=\"ls\")]")]
    [InlineData("```tool_code\nshell(x=\"ls\")\n```")]
    [InlineData("```python\nwrite_file(x=\"a\")\n```")]
    // No calls: words about calls, other tools, other JSON, code.
    [InlineData("Done.", false)]
    [InlineData("I used the shell and write_file. All tests pass.", false)]
    [InlineData("I added a parser for <tool_call> tags and tests for them.", false)]
    [InlineData("<tool_call>{\"name\": \"get_weather\", \"arguments\": {}}</tool_call>", false)]
    [InlineData("The configuration is now\n```json\n{\"name\": \"shell\", \"version\": 2}\n```", false)]
    [InlineData("```json\n{\"arguments\": [1, 2]}\n```", false)]
    [InlineData("```python\nprint(write_file)\n```", false)]
    [InlineData("Action: I changed write_file.", false)]
    [InlineData("<function=my_shell_2>", false)]
    [InlineData("```", false)]
    [InlineData("{", false)]
    [InlineData("[]", false)]
    public void Has_TextOfAModel_TellsACallFromWords(string text, bool call = true) =>
        CallsInText.Has(text, Sample.Created(Sample.Spec()).Tools).ShouldBe(call);

    [Fact]
    public void Has_HostileText_TakesLinearTime()
    {
        var tools = Sample.Created(Sample.Spec()).Tools;
        foreach (var piece in new[] { "<tool_call>", "```\n", "[TOOL_CALLS]shel", "Action: Action Input:", "{\"name\":" })
        {
            CallsInText.Has(string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length)), tools).ShouldBeFalse();
        }
    }
}
