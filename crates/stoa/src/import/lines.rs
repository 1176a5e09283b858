//! Reads a file line by line, each no longer than a record can be.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;

/// Bytes of the longest line; no post is that long.
const LONGEST: u64 = 8 << 20;

/// The lines of one file.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    /// The number of the line that was read last.
    pub number: u64,
    /// Bytes that were read.
    pub bytes: u64,
    buffer: Vec<u8>,
}

/// One line, or why it is none.
pub enum Line<'l> {
    Text(&'l str),
    TooLong,
    NotUtf8,
}

impl Lines {
    pub fn open(path: &Path) -> anyhow::Result<(Lines, u64)> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let size = file.metadata().map_or(0, |m| m.len());
        Ok((Lines::of(BufReader::with_capacity(1 << 20, file)), size))
    }

    pub fn of(reader: impl BufRead + Send + 'static) -> Lines {
        Lines { reader: Box::new(reader), number: 0, bytes: 0, buffer: Vec::new() }
    }

    /// The next line that is not empty, without its end.
    pub fn read(&mut self) -> std::io::Result<Option<Line<'_>>> {
        loop {
            self.buffer.clear();
            let got = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut self.buffer)? as u64;
            if got == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes += got;
            if got == LONGEST && self.buffer.last() != Some(&b'\n') {
                self.skip_rest()?;
                return Ok(Some(Line::TooLong));
            }
            if !self.buffer.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let text = self.buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.buffer);
        Ok(Some(
            std::str::from_utf8(text).map_or(Line::NotUtf8, |text| Line::Text(text.trim_end_matches(['\r', '\n']))),
        ))
    }

    fn skip_rest(&mut self) -> std::io::Result<()> {
        loop {
            let chunk = self.reader.fill_buf()?;
            let (used, end) = match chunk.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            self.reader.consume(used);
            self.bytes += used as u64;
            if end {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_and_broken_letters_are_named_and_passed() {
        let mut text = b"\xef\xbb\xbf{}\r\n\n\xff\xfe\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 9 << 20));
        text.extend(b"\nlast");
        let mut lines = Lines::of(std::io::Cursor::new(text));
        assert!(matches!(lines.read(), Ok(Some(Line::Text("{}")))));
        assert!(matches!(lines.read(), Ok(Some(Line::NotUtf8))));
        assert_eq!(lines.number, 3);
        assert!(matches!(lines.read(), Ok(Some(Line::TooLong))));
        assert!(matches!(lines.read(), Ok(Some(Line::Text("last")))));
        assert!(matches!(lines.read(), Ok(None)));
    }
}
