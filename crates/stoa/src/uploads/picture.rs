//! Pictures that people send, read within limits and written anew: turned the way they were taken, at most 1,600 pixels
//! on a side, with nothing in them but pixels, and again narrower and in smaller formats for browsers to choose from.

use std::io::Cursor;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader};

use super::animation;
use crate::web::error::{Error, Refusal, Result};

/// Pixels of the largest picture that is read, and bytes its pixels may need: a picture that claims more is not read at
/// all. A progressive JPEG needs twice as much again while it is read; all together stays below 256 MB.
pub const MOST_PIXELS: u64 = 28_000_000;
const MEMORY: u64 = 112 << 20;
/// Pixels on a side of what is read.
pub const WIDEST: u32 = 20_000;
/// Pixels on the long side of what is kept.
pub const SIDE: u32 = 1600;
/// Widths of the smaller copies.
const WIDTHS: [u32; 2] = [400, 800];
const JPEG_QUALITY: u8 = 82;
const WEBP_QUALITY: f32 = 78.0;
#[cfg(feature = "avif")]
const AVIF_QUALITY: f32 = 62.0;

/// A picture as it was sent: what it is, and its pixels.
pub struct Read {
    pub picture: DynamicImage,
    pub format: ImageFormat,
    pub orientation: Orientation,
}

/// A picture as it is kept.
pub struct Made {
    pub width: u32,
    pub height: u32,
    pub main: File,
    /// The same in other formats and sizes.
    pub others: Vec<File>,
    /// Only the first picture of something that moved.
    pub was_moving: bool,
    #[cfg_attr(not(feature = "avif"), expect(dead_code, reason = "only AVIF is made later"))]
    pixels: Pixels,
    #[cfg_attr(not(feature = "avif"), expect(dead_code, reason = "only AVIF is made later"))]
    is_photo: bool,
}

/// One file of a picture.
pub struct File {
    pub width: u32,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
}

/// Rows of red, green, blue, and opacity if there are four channels.
struct Pixels {
    width: u32,
    height: u32,
    channels: usize,
    data: Vec<u8>,
}

/// Whether the first bytes are those of a picture that is read here.
pub fn is_picture(bytes: &[u8]) -> bool {
    matches!(
        image::guess_format(bytes),
        Ok(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP)
    )
}

/// Whether the first bytes are those of a picture that is not read here: its sender hears so, in place of an attachment
/// that nobody sees.
pub fn is_other_picture(bytes: &[u8]) -> bool {
    let brand = |known: &[u8]| bytes.len() > 12 && &bytes[4..8] == b"ftyp" && &bytes[8..12] == known;
    let brands: [&[u8]; 7] = [b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1"];
    let known = image::guess_format(bytes).is_ok() && !is_picture(bytes);
    known || brands.iter().any(|b| brand(b)) || bytes.starts_with(b"\0\0\0\x0cJXL ") || bytes.starts_with(b"\xff\x0a")
}

/// Reads a picture, if it keeps to the limits: its size is looked at before its pixels are.
pub fn read(bytes: &[u8]) -> Result<Read> {
    let reader = || {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(WIDEST);
        limits.max_image_height = Some(WIDEST);
        limits.max_alloc = Some(MEMORY * 2);
        reader.limits(limits);
        Ok::<_, std::io::Error>(reader)
    };
    let format = reader().ok().and_then(|r| r.format()).filter(|_| is_picture(bytes)).ok_or(Refusal::NotAnImage)?;
    let decoder = reader()?.into_decoder();
    let mut decoder = decoder.map_err(|e| match e {
        image::ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::NotAnImage,
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MEMORY {
        return Err(Refusal::TooManyPixels.into());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Refusal::NotAnImage)?;
    Ok(Read { picture, format, orientation })
}

/// Makes what is kept of a picture.
pub fn make(bytes: &[u8]) -> Result<Made> {
    let Read { picture, format, orientation } = read(bytes)?;
    let pixels = Pixels::of(picture);
    let long = pixels.width.max(pixels.height);
    let pixels = if long > SIDE {
        let share = |side: u32| (u64::from(side) * u64::from(SIDE) / u64::from(long)).max(1) as u32;
        pixels.scaled(share(pixels.width), share(pixels.height))?
    } else {
        pixels
    };
    let pixels = pixels.turned(orientation)?.without_idle_alpha();
    if format == ImageFormat::Gif
        && let Some(bytes) = animation::again(bytes)
    {
        let (width, height) = (pixels.width, pixels.height);
        let main = File { width, extension: "gif", bytes };
        return Ok(Made { width, height, main, others: Vec::new(), was_moving: false, pixels, is_photo: false });
    }
    let (main, is_photo) = main(&pixels, format)?;
    let mut others = Vec::new();
    for width in WIDTHS.into_iter().filter(|w| w * 5 <= pixels.width * 4).chain([pixels.width]) {
        let height = (u64::from(pixels.height) * u64::from(width) / u64::from(pixels.width)).max(1) as u32;
        let file = match width == pixels.width {
            true => webp(&pixels, !is_photo)?,
            false => webp(&pixels.scaled(width, height)?, !is_photo)?,
        };
        if file.bytes.len() < main.bytes.len() {
            others.push(file);
        }
    }
    let was_moving = moves(bytes, format);
    Ok(Made { width: pixels.width, height: pixels.height, main, others, was_moving, pixels, is_photo })
}

/// One small file of a picture, at most `side` pixels on its long side: for what only goes with a text.
pub fn small(bytes: &[u8], side: u32) -> Result<File> {
    let Read { picture, format, orientation } = read(bytes)?;
    let pixels = Pixels::of(picture);
    let long = pixels.width.max(pixels.height);
    let share = |of: u32| (u64::from(of) * u64::from(side) / u64::from(long)).max(1) as u32;
    let pixels = if long > side { pixels.scaled(share(pixels.width), share(pixels.height))? } else { pixels };
    Ok(main(&pixels.turned(orientation)?.without_idle_alpha(), format)?.0)
}

/// The file for browsers that know nothing newer, and whether it is a photograph: JPEG, unless that would lose sharp
/// edges or see-through parts.
fn main(pixels: &Pixels, format: ImageFormat) -> Result<(File, bool)> {
    let width = pixels.width;
    if format == ImageFormat::Jpeg {
        return Ok((File { width, extension: "jpg", bytes: jpeg(pixels)? }, true));
    }
    let drawn = File { width, extension: "png", bytes: png(pixels)? };
    if pixels.channels == 4 {
        let is_photo = drawn.bytes.len() as u64 > u64::from(pixels.width) * u64::from(pixels.height);
        return Ok((drawn, is_photo));
    }
    let photo = jpeg(pixels)?;
    match photo.len() * 2 < drawn.bytes.len() {
        true => Ok((File { width, extension: "jpg", bytes: photo }, true)),
        false => Ok((drawn, false)),
    }
}

fn jpeg(pixels: &Pixels) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
    encoder.write_image(&pixels.data, pixels.width, pixels.height, ExtendedColorType::Rgb8).map_err(fault)?;
    Ok(out)
}

fn png(pixels: &Pixels) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let kind = if pixels.channels == 4 { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
    encoder.write_image(&pixels.data, pixels.width, pixels.height, kind).map_err(fault)?;
    Ok(out)
}

fn webp(pixels: &Pixels, lossless: bool) -> Result<File> {
    let (width, height) = (pixels.width, pixels.height);
    let encoder = match pixels.channels {
        4 => webp::Encoder::from_rgba(&pixels.data, width, height),
        _ => webp::Encoder::from_rgb(&pixels.data, width, height),
    };
    let done = encoder.encode_simple(lossless, WEBP_QUALITY);
    let done = done.map_err(|e| Error::Fault(anyhow::anyhow!("writing WebP: {e:?}")))?;
    Ok(File { width, extension: "webp", bytes: done.to_vec() })
}

/// Whether a picture moves. What keeps to the limits was read already, so this reads at most one more frame.
fn moves(bytes: &[u8], format: ImageFormat) -> bool {
    let file = Cursor::new(bytes);
    match format {
        ImageFormat::Gif => GifDecoder::new(file).is_ok_and(|d| d.into_frames().nth(1).is_some_and(|f| f.is_ok())),
        ImageFormat::WebP => WebPDecoder::new(file).is_ok_and(|d| d.has_animation()),
        ImageFormat::Png => PngDecoder::new(file).is_ok_and(|d| d.is_apng().unwrap_or(false)),
        _ => false,
    }
}

impl Made {
    /// The picture in AVIF, which takes seconds; nothing where the program was built without it.
    pub fn avif(&self) -> Result<Vec<File>> {
        #[cfg(not(feature = "avif"))]
        return Ok(Vec::new());
        #[cfg(feature = "avif")]
        self.write_avif()
    }

    #[cfg(feature = "avif")]
    fn write_avif(&self) -> Result<Vec<File>> {
        use ravif::{Encoder, Img, RGB8, RGBA8};
        if !self.is_photo {
            // Lossless WebP is smaller for drawings, and sharper.
            return Ok(Vec::new());
        }
        let encoder = Encoder::new().with_quality(AVIF_QUALITY).with_speed(8).with_num_threads(Some(1));
        let mut files = Vec::new();
        for other in &self.others {
            let height = (u64::from(self.height) * u64::from(other.width) / u64::from(self.width)).max(1) as u32;
            let pixels = self.pixels.scaled(other.width, height)?;
            let (w, h) = (pixels.width as usize, pixels.height as usize);
            let done = if pixels.channels == 4 {
                let rows: Vec<RGBA8> =
                    pixels.data.chunks_exact(4).map(|p| RGBA8::new(p[0], p[1], p[2], p[3])).collect();
                encoder.encode_rgba(Img::new(&rows, w, h))
            } else {
                let rows: Vec<RGB8> = pixels.data.chunks_exact(3).map(|p| RGB8::new(p[0], p[1], p[2])).collect();
                encoder.encode_rgb(Img::new(&rows, w, h))
            };
            let bytes = done.map_err(fault)?.avif_file;
            if bytes.len() < other.bytes.len() {
                files.push(File { width: other.width, extension: "avif", bytes });
            }
        }
        Ok(files)
    }
}

impl Pixels {
    fn of(picture: DynamicImage) -> Pixels {
        let (width, height) = (picture.width(), picture.height());
        match picture.color().has_alpha() {
            true => Pixels { width, height, channels: 4, data: picture.into_rgba8().into_raw() },
            false => Pixels { width, height, channels: 3, data: picture.into_rgb8().into_raw() },
        }
    }

    fn kind(&self) -> PixelType {
        if self.channels == 4 { PixelType::U8x4 } else { PixelType::U8x3 }
    }

    fn scaled(&self, width: u32, height: u32) -> Result<Pixels> {
        let from = fast_image_resize::images::ImageRef::new(self.width, self.height, &self.data, self.kind());
        let mut to = Image::new(width, height, self.kind());
        Resizer::new().resize(&from.map_err(fault)?, &mut to, None).map_err(fault)?;
        Ok(Pixels { width, height, channels: self.channels, data: to.into_vec() })
    }

    fn turned(self, orientation: Orientation) -> Result<Pixels> {
        if orientation == Orientation::NoTransforms {
            return Ok(self);
        }
        let whole = || Error::Fault(anyhow::anyhow!("a picture with rows missing"));
        let mut picture = match self.channels {
            4 => image::RgbaImage::from_raw(self.width, self.height, self.data).map(DynamicImage::from),
            _ => image::RgbImage::from_raw(self.width, self.height, self.data).map(DynamicImage::from),
        }
        .ok_or_else(whole)?;
        picture.apply_orientation(orientation);
        Ok(Pixels::of(picture))
    }

    /// Opacity is left away where everything is opaque.
    fn without_idle_alpha(self) -> Pixels {
        if self.channels == 3 || self.data.chunks_exact(4).any(|p| p[3] != 255) {
            return self;
        }
        let data = self.data.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Pixels { channels: 3, data, ..self }
    }
}

fn fault(why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Fault(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(width: u32, height: u32) -> image::RgbImage {
        // Soft colours with some noise, as a camera sees them.
        let mut seed = 7_u32;
        image::RgbImage::from_fn(width, height, |x, y| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (seed >> 28) as u8;
            image::Rgb([(x * 200 / width) as u8 + noise, (y * 200 / height) as u8 + noise, 90 + noise])
        })
    }

    fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).expect("writing to memory");
        out.into_inner()
    }

    #[test]
    fn a_photo_is_kept_small_and_in_several_widths() {
        let made = make(&written(&photo(2400, 1200).into(), ImageFormat::Jpeg)).expect("a picture");
        assert_eq!((made.width, made.height, made.main.extension), (1600, 800, "jpg"));
        let widths: Vec<u32> = made.others.iter().map(|f| f.width).collect();
        assert_eq!(widths, [400, 800, 1600]);
        for file in made.others.iter().chain([&made.main]) {
            let read = image::load_from_memory(&file.bytes).expect("readable");
            assert_eq!((read.width(), read.height()), (file.width, file.width / 2), "{}", file.extension);
        }
        assert!(made.others.iter().all(|f| f.bytes.len() < made.main.bytes.len()));
        assert!(!made.was_moving);
    }

    #[test]
    #[cfg(feature = "avif")]
    fn a_photo_is_smaller_in_avif() {
        let made = make(&written(&photo(1600, 1200).into(), ImageFormat::Jpeg)).expect("a picture");
        let since = std::time::Instant::now();
        let files = made.avif().expect("AVIF");
        println!("{} files in {:?}", files.len(), since.elapsed());
        assert_eq!(files.len(), made.others.len());
        for (avif, webp) in files.iter().zip(&made.others) {
            println!(
                "{} px: JPEG {}, WebP {}, AVIF {}",
                avif.width,
                made.main.bytes.len(),
                webp.bytes.len(),
                avif.bytes.len()
            );
            assert!(is_other_picture(&avif.bytes) && avif.bytes.len() < webp.bytes.len() && avif.width == webp.width);
        }
    }

    #[test]
    fn a_drawing_stays_sharp_and_see_through() {
        let drawing =
            image::RgbaImage::from_fn(300, 200, |x, _| image::Rgba([200, 0, 0, if x < 150 { 0 } else { 255 }]));
        let made = make(&written(&drawing.into(), ImageFormat::Png)).expect("a picture");
        assert_eq!(made.main.extension, "png");
        for file in made.others.iter().chain([&made.main]) {
            let read = image::load_from_memory(&file.bytes).expect("readable").into_rgba8();
            assert_eq!((read.get_pixel(10, 10).0[3], read.get_pixel(290, 10).0), (0, [200, 0, 0, 255]));
        }
    }

    #[test]
    fn opaque_png_photos_become_jpeg() {
        let opaque = DynamicImage::from(photo(500, 400)).into_rgba8();
        let made = make(&written(&opaque.into(), ImageFormat::Png)).expect("a picture");
        assert_eq!((made.main.extension, made.width), ("jpg", 500));
    }

    #[test]
    fn a_picture_stands_as_it_was_taken() {
        let picture = image::RgbImage::from_fn(40, 20, |x, _| image::Rgb([if x < 20 { 250 } else { 0 }, 0, 0]));
        let jpeg = written(&picture.into(), ImageFormat::Jpeg);
        // Orientation 6: the camera was turned, so the left side is the top.
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut turned = jpeg[..2].to_vec();
        turned.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
        turned.extend(exif);
        turned.extend(&jpeg[2..]);
        let made = make(&turned).expect("a picture");
        assert_eq!((made.width, made.height), (20, 40));
        let read = image::load_from_memory(&made.main.bytes).expect("readable").into_rgb8();
        assert!(read.get_pixel(10, 4).0[0] > 200 && read.get_pixel(10, 36).0[0] < 50);
    }

    #[test]
    fn what_moves_goes_on_moving_or_says_so() {
        let frame = |red: u8, side: u32| {
            image::Frame::new(image::RgbaImage::from_pixel(side, side, image::Rgba([red, 0, 0, 255])))
        };
        let gif = |frames: Vec<image::Frame>| {
            let mut out = Vec::new();
            image::codecs::gif::GifEncoder::new(&mut out).encode_frames(frames).expect("writing to memory");
            out
        };
        let made = make(&gif(vec![frame(10, 8), frame(200, 8), frame(10, 8)])).expect("a picture");
        assert_eq!((made.main.extension, made.was_moving, made.others.len()), ("gif", false, 0));
        let decoder = GifDecoder::new(Cursor::new(&made.main.bytes)).expect("a GIF");
        let reds: Vec<u8> =
            decoder.into_frames().map(|f| f.expect("a frame").into_buffer().get_pixel(4, 4).0[0]).collect();
        assert_eq!(reds, [10, 200, 10]);
        let still = make(&gif(vec![frame(10, 8)])).expect("a picture");
        assert_eq!((still.main.extension, still.was_moving), ("png", false));
        // Wider than what is kept.
        let still = make(&gif(vec![frame(10, 1700), frame(200, 1700)])).expect("a picture");
        assert_eq!((still.main.extension, still.was_moving, still.width), ("png", true, 1600));
    }

    #[test]
    fn more_pixels_than_allowed_are_not_read() {
        // A whole PNG head that claims 30,000 × 30,000; there are no pixels behind it.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0".to_vec();
        let crc = |bytes: &[u8]| {
            let step = |crc: u32, byte: &u8| {
                (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
            };
            !bytes.iter().fold(!0, step)
        };
        let sum = crc(&png[12..]);
        png.extend(sum.to_be_bytes());
        png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        assert!(matches!(read(&png).err(), Some(Error::Refused(Refusal::TooManyPixels))));
        assert!(matches!(read(b"\x89PNG\r\n\x1a\n<script>").err(), Some(Error::Refused(Refusal::NotAnImage))));
    }

    #[test]
    fn pictures_that_are_not_read_are_known() {
        assert!(is_other_picture(b"\0\0\0\x20ftypheic\0\0\0\0"));
        assert!(is_other_picture(b"BM1234"));
        assert!(!is_other_picture(b"%PDF-1.7 and more"));
        assert!(!is_other_picture(b"\x89PNG\r\n\x1a\n"));
    }
}
