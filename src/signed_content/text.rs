//! Text of others, as a terminal or a sentence may show it.

/// Text of others for a terminal or a sentence, in at most so many characters. What is not printed
/// as a character of its own (controls, direction marks, invisible and combining ones, the
/// backslash) is written as an escape of Rust, such as `\u{202e}`.
#[must_use]
pub fn printable_text(text: &str, most: usize) -> String {
    let pieces: Vec<String> = text
        .chars()
        .take(most.saturating_add(1))
        .map(|character| match character {
            '\'' | '"' => character.to_string(),
            other => other.escape_debug().collect(),
        })
        .collect();
    // Escapes are ASCII, and everything else is one character.
    let length = |piece: &String| piece.chars().count();
    if pieces.iter().map(length).sum::<usize>() <= most {
        return pieces.concat();
    }
    let mut left = most.saturating_sub(1);
    let fits = |piece: &&String| {
        let rest = left.checked_sub(length(piece));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    let kept: String = pieces.iter().take_while(fits).map(String::as_str).collect();
    format!("{kept}…")
}
