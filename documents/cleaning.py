"""What a file from outside is, and the same without what hides in it. Run as a script, in a process of its own.

The parsers of PDF and of pictures are the largest doors for hostile bytes. So they work where nothing else is: no
database, no secret, no room of ours is imported, memory and time are bounded, and a crash is one refusal.
As a script: bytes in by stdin; out by stdout a line of JSON (`kind` or `refused`) and then the clean bytes.
"""

import json
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from typing import Any, Final

#: Pages of a PDF; pixels of a picture (A4 at 600 dots an inch has 35 million), and how many a side.
PAGES: Final = 100
PIXELS: Final = 50_000_000
SIDE: Final = 8000
#: What the process may take: bytes of address space, seconds of work.
MEMORY: Final = 768 * 1024**2
SECONDS: Final = 20

HEIF: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
#: Wherever they stand in a PDF: what acts by itself, what is carried inside, what tells of its maker.
HIDDEN: Final = ("/AA", "/OpenAction", "/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/AF", "/Collection", "/XFA",
                 "/Metadata", "/PieceInfo", "/RichMediaContent")  # fmt: skip
#: Links that lead somewhere when they are pressed; every other action goes.
KEPT_ACTIONS: Final = {"/GoTo", "/URI"}
#: Segments of a JPEG that tell of its making: all of applications but shape and colours, and comments.
TELLING: Final = frozenset({0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE})
CARRYING: Final = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


class Refused(Exception):
    """The file is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(content: bytes) -> tuple[str, bytes]:
    """Return the kind (`pdf`, `jpeg` or `png`) and the clean bytes.

    What a file is, its content says, never its name. Raises Refused with `empty`, `unknown`, `heic`, `encrypted`,
    `pages`, `pixels`, `moving` or `damaged`, and nothing else, whatever the bytes are.
    """
    read = {"pdf": clean_pdf, "jpeg": clean_picture, "png": clean_picture, "webp": clean_picture}
    kind = kind_of(content)
    try:
        return read[kind](content)
    except Refused:
        raise
    except Exception as error:  # of parsers fed by strangers, any
        raise Refused("damaged") from error


def kind_of(content: bytes) -> str:
    """Return what the first bytes say. Raises Refused for what is not taken."""
    if not content:
        raise Refused("empty")
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in HEIF:
        raise Refused("heic")
    raise Refused("unknown")


# --- pictures -------------------------------------------------------------------------------------------------------


def clean_picture(content: bytes) -> tuple[str, bytes]:
    """Return the picture painted anew: upright, at most `SIDE` pixels a side, without place, camera or comment."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            image: Image.Image = Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise Refused("pixels") from error
        # A telephone's JPEG may carry a second, smaller picture after the first, which is the one meant.
        if getattr(image, "is_animated", False) and image.format != "MPO":
            raise Refused("moving")
        if image.width * image.height > PIXELS:
            raise Refused("pixels")
        png = image.format == "PNG"
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        image.thumbnail((SIDE, SIDE))
        out = BytesIO()
        if png:
            image.info = {name: image.info[name] for name in ("transparency",) if name in image.info}
            image.save(out, "PNG")
            return "png", out.getvalue()
        image = on_white(image)
        image.info = {}
        for quality in (88, 75, 60):  # painted anew it is not to be larger than it came
            out = BytesIO()
            image.save(out, "JPEG", quality=quality)
            if out.tell() <= max(len(content), 1_000_000):
                break
        return "jpeg", out.getvalue()


def on_white(image: Any) -> Any:
    """Return the picture in grey or colours, without anything one could see through."""
    from PIL import Image

    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("RGBA", "LA", "PA", "P"):
        clear = image.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return image.convert("RGB")


# --- PDF ------------------------------------------------------------------------------------------------------------


def clean_pdf(content: bytes) -> tuple[str, bytes]:
    """Return the document without scripts, actions, files inside it and metadata; earlier revisions go too.

    One that is sealed with a digital signature comes back as it is: cleaned, its seal would be broken.
    """
    import pikepdf

    try:
        pdf = pikepdf.open(BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    with pdf:
        if pdf.is_encrypted:
            raise Refused("encrypted")
        if not 1 <= len(pdf.pages) <= PAGES:
            raise Refused("pages")
        things = list(pdf.objects)
        if any(is_signature(thing) for thing in things):
            return "pdf", content
        for thing in things:
            scrub(thing)
        scrub(pdf.trailer)
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        out = BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fields without a form and the like: it is as it came
            pdf.save(out, deterministic_id=True)
        return "pdf", out.getvalue()


def is_signature(thing: Any) -> bool:
    """Return whether this is the value of a signed field: it names the bytes that it covers."""
    import pikepdf

    return isinstance(thing, pikepdf.Dictionary) and "/ByteRange" in thing and "/Contents" in thing


def scrub(thing: Any) -> None:
    """Take what hides out of an object and what stands in it directly; other objects come by themselves."""
    import pikepdf

    if isinstance(thing, pikepdf.Array):
        inside = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key in HIDDEN:
            if key in thing:
                del thing[key]
        if "/A" in thing and is_action(thing["/A"]) and str(thing["/A"]["/S"]) not in KEPT_ACTIONS:
            del thing["/A"]
        if is_action(thing) and "/Next" in thing:
            del thing["/Next"]
        if "/Annots" in thing and isinstance(thing["/Annots"], pikepdf.Array):
            thing["/Annots"] = pikepdf.Array([each for each in thing["/Annots"] if not carries(each)])
        if isinstance(thing, pikepdf.Stream) and str(thing.get("/Filter", "")) == "/DCTDecode":
            how: Any = thing.get("/DecodeParms")
            thing.write(bare_jpeg(thing.read_raw_bytes()), filter=pikepdf.Name.DCTDecode, decode_parms=how)
        inside = [thing[key] for key in thing.keys()]  # noqa: SIM118 (iterating a stream reads no keys)
    else:
        return
    for each in inside:
        if isinstance(each, pikepdf.Object) and not each.is_indirect:
            scrub(each)


def bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG with the same dots, without the segments that tell of place and camera; as it is when it is odd."""
    parts, at = [content[:2]], 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker == 0xDA:  # from here on there are dots
            return b"".join([*parts, content[at:]])
        if marker not in TELLING:
            parts.append(content[at : at + 2 + length])
        at += 2 + length
    return content


def is_action(thing: Any) -> bool:
    """Return whether this is an action, which `/S` names; attributes of tags, which stand in `/A` too, have `/O`."""
    import pikepdf

    return isinstance(thing, pikepdf.Dictionary) and "/S" in thing and "/O" not in thing


def carries(annotation: Any) -> bool:
    import pikepdf

    return isinstance(annotation, pikepdf.Dictionary) and str(annotation.get("/Subtype", "")) in CARRYING


# --- as a process ---------------------------------------------------------------------------------------------------


def bound() -> None:
    """Take no more than is needed. Where limits may not be set, those of the service hold alone."""
    import resource

    for which, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))


def main() -> None:
    bound()
    try:
        kind, content = clean(sys.stdin.buffer.read())
        head, body = {"kind": kind}, content
    except Refused as refusal:
        head, body = {"refused": refusal.code}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)


if __name__ == "__main__":
    main()
