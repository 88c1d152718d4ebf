//! How a JPEG image begins, and how long it may be.

use crate::limits;

/// The marker "start of image" and the first octet of the next marker (ITU-T T.81, B.1.1.3).
pub(super) const BEGINNING: [u8; 3] = [0xFF, 0xD8, 0xFF];

/// Whether a file of `length` octets that begins with `beginning` is taken for a JPEG image of a permitted length.
pub(super) fn is_usable(beginning: &[u8], length: u64) -> bool {
    beginning.starts_with(&BEGINNING) && length <= limits::UPLOAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(&[0xFF, 0xD8, 0xFF, 0xE0], 100, true)]
    #[case(&[0xFF, 0xD8, 0xFF], limits::UPLOAD, true)]
    #[case(&[0xFF, 0xD8, 0xFF], limits::UPLOAD + 1, false)]
    #[case(&[0xFF, 0xD8], 2, false)]
    #[case(b"%PDF-1.7", 100, false)]
    #[case(b"", 0, false)]
    fn beginnings(#[case] beginning: &[u8], #[case] length: u64, #[case] usable: bool) {
        assert_eq!(is_usable(beginning, length), usable);
    }
}
