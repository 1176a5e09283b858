//! `POST /settings/picture`: a picture of one's own, cut square, made small, and stored without anything a camera wrote
//! into it.

use axum::response::Response;
use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::DynamicImage;
use image::codecs::webp::WebPEncoder;

use crate::app::App;
use crate::db::{Kind, params};
use crate::uploads::send::TURNS;
use crate::uploads::{self, NewFile, picture};
use crate::web::error::{Error, Refusal, Result};
use crate::web::page::redirect_saying;
use crate::web::{Form, Member};

/// Bytes of the file that is sent.
const LARGEST: usize = 8 << 20;
/// Pixels on a side of what is kept: twice the largest size it is shown at.
pub const SIDE: u32 = 192;

pub async fn submit(me: Member, app: App, f: Form) -> Result<Response> {
    let file = f.file().ok_or(Refusal::NotAnImage)?;
    if file.bytes.len() > LARGEST {
        return Err(Refusal::TooLarge.into());
    }
    app.throttle.post(me.user.id)?;
    // A sweep does not run between the bytes and their row.
    let _taking_in = app.taking_in.read().await;
    let (bytes, user, now) = (file.bytes.clone(), me.user.id, me.now);
    let turn = TURNS.acquire().await.map_err(|e| Error::Fault(e.into()))?;
    let keeper = app.clone();
    let kept = tokio::task::spawn_blocking(move || {
        let small = squared(&bytes)?;
        let new = NewFile { bytes: &small, name: "picture.webp", user_id: Some(user), at: now };
        Ok::<_, Error>((uploads::keep_file(&keeper, &new)?, uploads::sha1_of(&small)))
    });
    let (stored, sha1) = kept.await.map_err(|e| Error::Fault(e.into()))??;
    drop(turn);
    let done = app.db.write(move |tx| {
        let id = uploads::add(tx, &stored, &sha1, Some(user), now)?;
        tx.exec("update users set avatar_upload_id = $2 where id = $1", params![user, id])?;
        tx.changed(Kind::UserEdited, user);
        Ok(())
    });
    done.await?;
    Ok(redirect_saying(&me, "/settings", "picture-saved"))
}

/// Back to the drawn initial.
pub async fn remove(me: Member, app: App) -> Result<Response> {
    let user = me.user.id;
    let done = app.db.write(move |tx| {
        tx.exec("update users set avatar_upload_id = null where id = $1", params![user])?;
        tx.changed(Kind::UserEdited, user);
        Ok(())
    });
    done.await?;
    Ok(redirect_saying(&me, "/settings", "picture-removed"))
}

/// Reads a PNG, JPEG, GIF or WebP picture, turns it the way it was taken, cuts the middle out square, and writes
/// [`SIDE`] × [`SIDE`] WebP with nothing but pixels in it.
pub fn squared(bytes: &[u8]) -> Result<Vec<u8>> {
    let picture = turned(bytes)?.into_rgba8();
    let (width, height) = picture.dimensions();
    let picture = Image::from_vec_u8(width, height, picture.into_raw(), PixelType::U8x4).map_err(fault)?;
    let mut small = Image::new(SIDE, SIDE, PixelType::U8x4);
    let options = ResizeOptions::new().fit_into_destination(Some((0.5, 0.5)));
    Resizer::new().resize(&picture, &mut small, &options).map_err(fault)?;
    let mut out = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut out);
    encoder.encode(small.buffer(), SIDE, SIDE, image::ExtendedColorType::Rgba8).map_err(fault)?;
    Ok(out)
}

fn fault(why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Fault(why.into())
}

fn turned(bytes: &[u8]) -> Result<DynamicImage> {
    let read = picture::read(bytes)?;
    let mut picture = read.picture;
    picture.apply_orientation(read.orientation);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::ImageFormat;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let picture = image::RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { image::Rgb([255, 0, 0]) } else { image::Rgb([0, 0, 255]) }
        });
        picture.write_to(&mut out, ImageFormat::Png).expect("writing to memory");
        out.into_inner()
    }

    #[test]
    fn a_picture_becomes_a_small_square_webp() {
        let small = squared(&png(400, 100)).expect("a picture");
        assert_eq!(image::guess_format(&small).expect("a format"), ImageFormat::WebP);
        let read = image::load_from_memory(&small).expect("a picture").into_rgb8();
        assert_eq!(read.dimensions(), (SIDE, SIDE));
        assert_eq!(read.get_pixel(5, 90).0, [255, 0, 0], "the middle was cut out, left of it red");
        assert_eq!(read.get_pixel(186, 90).0, [0, 0, 255]);
    }

    #[test]
    fn what_a_camera_wrote_is_gone() {
        let mut jpeg = Vec::new();
        let picture = image::RgbImage::from_pixel(20, 20, image::Rgb([9, 9, 9]));
        picture.write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).expect("writing to memory");
        // A comment segment after the first marker, as a place to hide things in.
        let secret = b"52.5200N 13.4050E";
        let mut marked = jpeg[..2].to_vec();
        marked.extend([0xff, 0xfe, 0, secret.len() as u8 + 2]);
        marked.extend(secret);
        marked.extend(&jpeg[2..]);
        let small = squared(&marked).expect("a picture");
        assert!(!small.windows(secret.len()).any(|w| w == secret));
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_is_refused() {
        // A PNG header that claims 60,000 × 60,000 pixels.
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let wide = png(picture::WIDEST + 1, 1);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
        let cut = png(300, 300)[..60].to_vec();
        for (name, bytes) in [("bomb", bomb), ("wide", wide), ("svg", svg), ("cut", cut), ("empty", Vec::new())] {
            let done = squared(&bytes);
            assert!(matches!(done, Err(Error::Refused(Refusal::NotAnImage | Refusal::TooManyPixels))), "{name}");
        }
    }
}
