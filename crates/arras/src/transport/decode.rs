//! Undoes `Content-Encoding`, bounded in size and in how far a body may unfold.

use std::io::{self, Read};

use arras_run::fault::{Fault, FaultKind, Phase};
use bytes::Bytes;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// What is asked for when a request does not say.
pub(super) const ACCEPTED: &str = "gzip, br, zstd";

/// How many times larger a body may become once it is past [`RATIO_FREE`].
const RATIO: usize = 200;
/// Up to this size a body may unfold as it likes.
const RATIO_FREE: usize = 1 << 20;
/// How many encodings may lie over each other.
const LAYERS: usize = 3;
/// The largest window that a zstd frame may ask for; RFC 9659 says 8 MiB for HTTP.
const ZSTD_WINDOW: u64 = 8 << 20;

/// The body without its encodings, at most `cap` bytes of it.
pub(super) fn decode(headers: &[(String, String)], body: Bytes, cap: usize) -> Result<Bytes, Fault> {
    if body.is_empty() {
        return Ok(body);
    }
    let fields = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let encodings: Vec<String> = fields
        .flat_map(|(_, value)| value.split(','))
        .map(|encoding| encoding.trim().to_ascii_lowercase())
        .filter(|encoding| !matches!(encoding.as_str(), "" | "identity" | "aws-chunked"))
        .collect();
    if encodings.len() > LAYERS {
        return Err(broken(format!("the body is compressed {} times over, more than {LAYERS}", encodings.len())));
    }
    encodings.iter().rev().try_fold(body, |body, encoding| decode_one(encoding, &body, cap))
}

fn decode_one(encoding: &str, body: &[u8], cap: usize) -> Result<Bytes, Fault> {
    let reader: Box<dyn Read + '_> = match encoding {
        "gzip" | "x-gzip" => Box::new(flate2::bufread::MultiGzDecoder::new(body)),
        "deflate" => Box::new(flate2::bufread::ZlibDecoder::new(body)),
        "br" => Box::new(brotli_decompressor::Decompressor::new(body, 4096)),
        "zstd" => Box::new(ZstdFrames { rest: body, frame: None }),
        other => {
            let message = format!("the body has the content encoding `{other}`, which is not known; {ACCEPTED} are");
            return Err(broken(message));
        }
    };
    unfold(encoding, reader, body.len(), cap)
}

fn unfold(encoding: &str, mut reader: impl Read, folded: usize, cap: usize) -> Result<Bytes, Fault> {
    let mut whole = Vec::new();
    let mut part = vec![0; 32 << 10];
    loop {
        let count = match reader.read(&mut part) {
            Ok(0) => return Ok(whole.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => {
                return Err(broken(format!("the body is labelled `{encoding}` but can't be decompressed as such")));
            }
        };
        whole.extend_from_slice(part.get(..count).unwrap_or_default());
        if whole.len() > cap {
            let message = format!("the body is larger than {cap} bytes when decompressed");
            return Err(Fault::new(FaultKind::BodyTooLarge, Phase::Decode, message));
        }
        if whole.len() > RATIO_FREE && whole.len() / RATIO >= folded {
            return Err(broken(format!("the body unfolds to more than {RATIO} times its size, as a bomb does")));
        }
    }
}

fn broken(message: String) -> Fault {
    Fault::new(FaultKind::DecodeFailed, Phase::Decode, message)
}

/// Reads zstd frames one after the other, as RFC 8878 lets a body be made of several.
struct ZstdFrames<'a> {
    rest: &'a [u8],
    frame: Option<FrameDecoder>,
}

impl ZstdFrames<'_> {
    fn next_frame(&mut self) -> io::Result<()> {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(ZSTD_WINDOW);
        match frame.init(&mut self.rest) {
            Ok(()) => self.frame = Some(frame),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                self.rest = self.rest.get(length..).ok_or(io::ErrorKind::UnexpectedEof)?;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(())
    }
}

impl Read for ZstdFrames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        loop {
            let Some(frame) = &mut self.frame else {
                if self.rest.is_empty() {
                    return Ok(0);
                }
                self.next_frame()?;
                continue;
            };
            if frame.can_collect() > 0 {
                return frame.read(buffer);
            }
            if !frame.is_finished() {
                frame.decode_blocks(&mut self.rest, UptoBlocks(1)).map_err(io::Error::other)?;
                continue;
            }
            if frame.get_checksum_from_data().is_some_and(|sum| frame.get_calculated_checksum() != Some(sum)) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.frame = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const CAP: usize = 16 << 20;

    fn labelled(encoding: &str) -> Vec<(String, String)> {
        vec![("Content-Encoding".to_owned(), encoding.to_owned())]
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(plain: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// `{"status":"CREATED"}` in brotli.
    const BROTLI: &[u8] = include_bytes!("../../tests/data/created.br");

    fn kind(encoding: &str, body: Vec<u8>) -> FaultKind {
        let fault = decode(&labelled(encoding), body.into(), CAP).unwrap_err();
        assert_eq!(fault.phase, Phase::Decode);
        fault.kind
    }

    #[test]
    fn every_encoding_that_is_asked_for_is_undone() {
        let plain = br#"{"status":"CREATED"}"#;
        let table = [
            ("gzip", gzip(plain)),
            ("GZIP, identity", gzip(plain)),
            ("zstd", zstd(plain)),
            ("br", BROTLI.to_vec()),
            ("zstd, gzip", gzip(&zstd(plain))),
            ("aws-chunked", plain.to_vec()),
        ];
        for (encoding, body) in table {
            assert_eq!(decode(&labelled(encoding), body.into(), CAP).unwrap(), plain.as_slice(), "{encoding}");
        }
        let two_frames = [zstd(plain), vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9], zstd(plain)].concat();
        assert_eq!(decode(&labelled("zstd"), two_frames.into(), CAP).unwrap(), [plain.as_slice(), plain].concat());
        assert_eq!(decode(&labelled("gzip"), Bytes::new(), CAP).unwrap(), Bytes::new());
        assert_eq!(decode(&[], Bytes::from_static(b"\x1f\x8b"), CAP).unwrap(), b"\x1f\x8b".as_slice());
    }

    #[test]
    fn a_body_that_is_cut_or_spoiled_is_never_taken() {
        let plain: Vec<u8> = (0..5_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
        for (encoding, whole) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain)), ("br", BROTLI.to_vec())] {
            for cut in [1, whole.len() / 2, whole.len() - 1] {
                assert_eq!(kind(encoding, whole[..cut].to_vec()), FaultKind::DecodeFailed, "{encoding} cut at {cut}");
            }
        }
        let mut spoiled = gzip(&plain);
        let middle = spoiled.len() / 2;
        spoiled[middle] ^= 0xff;
        assert_eq!(kind("gzip", spoiled), FaultKind::DecodeFailed);
        assert_eq!(kind("gzip", b"plain text".to_vec()), FaultKind::DecodeFailed);
        assert_eq!(kind("lzma", b"plain text".to_vec()), FaultKind::DecodeFailed);
        assert_eq!(kind("gzip, gzip, gzip, gzip", gzip(b"x")), FaultKind::DecodeFailed);
    }

    #[test]
    fn bombs_are_stopped() {
        let nine_mib = vec![0; 9 << 20];
        for (encoding, bomb) in [("gzip", gzip(&nine_mib)), ("zstd", zstd(&nine_mib))] {
            assert_eq!(kind(encoding, bomb), FaultKind::DecodeFailed, "{encoding}");
        }
        let small = vec![b'a'; 1 << 20];
        assert_eq!(decode(&labelled("gzip"), gzip(&small).into(), CAP).unwrap().len(), small.len());
        let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let fault = decode(&labelled("gzip"), gzip(&noise).into(), 100_000).unwrap_err();
        assert_eq!((fault.kind, fault.phase), (FaultKind::BodyTooLarge, Phase::Decode));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, encoding in "gzip|deflate|br|zstd|x") {
            let _ = decode(&labelled(&encoding), bytes.into(), 1 << 16);
        }
    }
}
