//! QR codes as SVG: one path, crisp at any size, dark on white whatever the page around it.

use qrcodegen::{DataTooLong, QrCode, QrCodeEcc};

/// The white margin that readers need, in modules.
const QUIET_ZONE: i32 = 4;

/// The picture of a text.
pub(crate) fn svg(text: &str) -> Result<String, DataTooLong> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)?;
    let side = code.size() + 2 * QUIET_ZONE;
    let path: String = (0..code.size()).map(|y| row(&code, y)).collect();
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="QR" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>"##
    ))
}

/// The dark runs of a row, each a rectangle of height 1.
fn row(code: &QrCode, y: i32) -> String {
    let is_dark = |x: i32| code.get_module(x, y);
    let starts = (0..code.size()).filter(|x| is_dark(*x) && !is_dark(x - 1));
    starts
        .map(|x| {
            let length = (x..code.size()).take_while(|x| is_dark(*x)).count();
            format!("M{} {}h{length}v1h-{length}z", x + QUIET_ZONE, y + QUIET_ZONE)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_one_path_within_a_quiet_zone() {
        let svg = svg("a").unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("/></svg>"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 29 29\""), "{svg}");
        assert!(svg.contains(" d=\"M4 4h7v1h-7z"), "the finder's corner: {svg}");
        assert_eq!(svg.matches("<path").count(), 1);
    }

    #[test]
    fn a_text_may_be_too_long() {
        assert!(svg(&"x".repeat(2000)).is_ok());
        assert!(svg(&"x".repeat(5000)).is_err());
    }
}
