namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Follows brackets and strings of a JSON text that comes in pieces, to know when its object or list has closed.</summary>
internal struct JsonDepth
{
    private int _depth;
    private bool _begun;
    private bool _inString;
    private bool _escaped;

    public readonly bool IsClosed => _begun && _depth == 0;

    public void Read(string piece)
    {
        foreach (var c in piece)
        {
            if (_inString)
            {
                _inString = _escaped || c != '"';
                _escaped = !_escaped && c == '\\';
            }
            else if (c is '{' or '[')
            {
                _begun = true;
                _depth++;
            }
            else if (c is '}' or ']')
            {
                _depth--;
            }
            else
            {
                _inString = c == '"';
            }
        }
    }
}
