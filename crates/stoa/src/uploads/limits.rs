//! How much of what somebody may send: more for those who have been here for some time. Said before they choose a file.

use super::picture;
use crate::clock::DAY;
use crate::db::{Tx, params};
use crate::web::error::{Refusal, Result};
use crate::web::visit::Visit;

/// Bytes of a picture as it is sent; what is kept of it is far smaller.
pub const PICTURE_BYTES: i64 = 10 << 20;
/// Endings that the newest members may send beside pictures.
const DOCUMENTS: [&str; 8] = ["pdf", "txt", "md", "csv", "log", "json", "ics", "gpx"];

/// What somebody may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file that is no picture.
    pub file_bytes: i64,
    /// Whether files of any kind are taken, not only [`DOCUMENTS`].
    pub any_kind: bool,
    /// Files in 24 hours, pictures among them.
    pub a_day: i64,
    /// Bytes in 24 hours.
    pub bytes_a_day: i64,
}

/// The limits of each trust level.
const LEVELS: [Limits; 4] = [
    Limits { file_bytes: 1 << 20, any_kind: false, a_day: 10, bytes_a_day: 40 << 20 },
    Limits { file_bytes: 4 << 20, any_kind: true, a_day: 50, bytes_a_day: 200 << 20 },
    Limits { file_bytes: 10 << 20, any_kind: true, a_day: 100, bytes_a_day: 500 << 20 },
    Limits { file_bytes: 10 << 20, any_kind: true, a_day: 300, bytes_a_day: 1500 << 20 },
];

impl Limits {
    /// The limits of whoever asks; staff have the widest.
    pub fn of(v: &Visit) -> Limits {
        let trust = v.viewer.user.as_ref().map_or(0, |u| u.trust_level);
        let level = if v.viewer.is_staff() { LEVELS.len() - 1 } else { usize::try_from(trust).unwrap_or(0) };
        LEVELS[level.min(LEVELS.len() - 1)]
    }

    /// Whether a file may be sent at all, by its size and kind.
    pub fn take(&self, bytes: &[u8], extension: &str) -> Result<()> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if picture::is_other_picture(bytes) {
            return Err(Refusal::PictureKind.into());
        }
        if picture::is_picture(bytes) {
            return if size > PICTURE_BYTES {
                Err(Refusal::FileTooLarge { most: PICTURE_BYTES }.into())
            } else {
                Ok(())
            };
        }
        if !self.any_kind && !DOCUMENTS.contains(&extension) {
            return Err(Refusal::FileKind { kinds: DOCUMENTS.join(", ") }.into());
        }
        if size > self.file_bytes {
            return Err(Refusal::FileTooLarge { most: self.file_bytes }.into());
        }
        Ok(())
    }

    /// Whether one more file of this size is within the day's measure.
    pub fn today(&self, tx: &Tx, user: i64, bytes: i64, now: i64) -> Result<()> {
        let (files, sent): (i64, i64) = tx.one(
            "select count(*), coalesce(cast(sum(bytes) as bigint), 0) from upload_senders
             where user_id = $1 and sent_at > $2",
            params![user, now - DAY],
        )?;
        if files >= self.a_day || sent.saturating_add(bytes) > self.bytes_a_day {
            return Err(Refusal::UploadsToday { most: self.a_day, bytes: self.bytes_a_day }.into());
        }
        Ok(())
    }
}

/// The largest file that whoever asks may send, for scripts to look at before they send.
pub fn largest(v: &Visit) -> i64 {
    PICTURE_BYTES.max(Limits::of(v).file_bytes)
}

/// The limits of whoever asks, in words.
pub fn words(v: &Visit) -> String {
    let limits = Limits::of(v);
    let (pictures, files) = (megabytes(PICTURE_BYTES), megabytes(limits.file_bytes));
    match limits.any_kind {
        true => v.t.upload_limits(pictures, files, limits.a_day),
        false => v.t.upload_limits_new(pictures, DOCUMENTS.join(", "), files, limits.a_day),
    }
}

/// Bytes as people read them in limits.
pub fn megabytes(bytes: i64) -> i64 {
    bytes >> 20
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::error::Error;

    fn refusal(limits: Limits, bytes: &[u8], extension: &str) -> Option<Refusal> {
        match limits.take(bytes, extension) {
            Err(Error::Refused(why)) => Some(why),
            other => {
                other.expect("taken");
                None
            }
        }
    }

    #[test]
    fn trust_widens_what_is_taken() {
        let program = b"\x7fELF and so on";
        assert!(matches!(refusal(LEVELS[0], program, "bin"), Some(Refusal::FileKind { .. })));
        assert_eq!(refusal(LEVELS[1], program, "bin"), None);
        let long = vec![b' '; (1 << 20) + 1];
        assert_eq!(refusal(LEVELS[0], &long, "txt"), Some(Refusal::FileTooLarge { most: 1 << 20 }));
        assert_eq!(refusal(LEVELS[1], &long, "txt"), None);
        assert_eq!(refusal(LEVELS[3], b"\0\0\0\x20ftypavif\0\0\0\0", "avif"), Some(Refusal::PictureKind));
        for (less, more) in LEVELS.iter().zip(&LEVELS[1..]) {
            assert!(
                less.file_bytes <= more.file_bytes && less.a_day < more.a_day && less.bytes_a_day < more.bytes_a_day
            );
        }
    }
}
