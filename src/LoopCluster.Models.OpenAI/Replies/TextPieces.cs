using System.Text;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Text that comes whole or in pieces; the whole costs no copy.</summary>
internal struct TextPieces
{
    private string? _first;
    private StringBuilder? _all;

    public readonly bool IsEmpty => string.IsNullOrEmpty(_first);

    public readonly int Length => _all?.Length ?? _first?.Length ?? 0;

    public void Append(string piece)
    {
        if (piece.Length == 0)
        {
            return;
        }

        if (_first is null)
        {
            _first = piece;
            return;
        }

        (_all ??= new StringBuilder(_first)).Append(piece);
    }

    public override readonly string ToString() => JsonText.WithoutLoneSurrogates(_all?.ToString() ?? _first ?? "");
}
