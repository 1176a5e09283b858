//! Moving GIFs: written again frame by frame in their own colours, with nothing else of the file.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, Encoder, MemoryLimit, Repeat};

use super::picture::SIDE;

/// Frames of the longest, and pixels of all frames together: what has more becomes a still picture.
const MOST_FRAMES: usize = 600;
const MOST_PIXELS: u64 = 60_000_000;
/// Bytes of one frame while it is read.
const FRAME_BYTES: u64 = 16 << 20;

/// The animation again, or nothing when this does not move, is damaged, or is too much.
pub fn again(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(FRAME_BYTES.try_into().ok()?));
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    let (width, height) = (decoder.width(), decoder.height());
    if u32::from(width.max(height)) > SIDE {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let colours = decoder.global_palette().unwrap_or_default().to_vec();
    let mut encoder = Encoder::new(&mut out, width, height, &colours).ok()?;
    // What moves once and stops would be over before it is scrolled to.
    encoder.set_repeat(Repeat::Infinite).ok()?;
    let (mut frames, mut pixels) = (0, 0);
    while let Some(frame) = decoder.read_next_frame().ok()? {
        frames += 1;
        pixels += u64::from(frame.width) * u64::from(frame.height);
        if frames > MOST_FRAMES || pixels > MOST_PIXELS {
            return None;
        }
        let mut frame = frame.clone();
        // Rows are in order once they are read.
        frame.interlaced = false;
        frame.needs_user_input = false;
        encoder.write_frame(&frame).ok()?;
    }
    drop(encoder);
    (frames > 1).then_some(out)
}
