"""What comes in as a file: judged by its content, cleaned, refused in words, and never anything but these."""

import io
import subprocess
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from documents import cleaning, uploads
from documents.forms import UploadsField
from documents.uploads import Clean, read_upload, shown_name

MEGABYTE = 1024 * 1024


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else None).save(out, kind, **options)
    return out.getvalue()


def document(*, pages: int = 1, change: Callable[[pikepdf.Pdf], None] = lambda pdf: None, **options: Any) -> bytes:
    pdf = pikepdf.new()
    for _page in range(pages):
        pdf.add_blank_page()
    change(pdf)
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def read(content: bytes, name: str = "paper") -> Clean:
    return read_upload(SimpleUploadedFile(name, content))


def refused(content: bytes, name: str = "paper") -> str:
    with pytest.raises(ValidationError) as caught:
        read(content, name)
    return " ".join(caught.value.messages)


# --- what it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "media_type", "shown"),
    [
        (document(), "Sopimus.PDF", "application/pdf", "Sopimus.pdf"),
        (picture(), "IMG_0001.jpeg", "image/jpeg", "IMG_0001.jpg"),
        (picture("PNG"), "kuva", "image/png", "kuva.png"),
        (picture("WEBP"), "kuva.webp", "image/jpeg", "kuva.jpg"),
        (picture("PNG"), "v.1.2 luonnos", "image/png", "v.1.2 luonnos.png"),
    ],
)
def test_what_a_file_is_its_content_says(content: bytes, name: str, media_type: str, shown: str) -> None:
    clean = read(content, name)
    assert (clean.media_type, clean.name) == (media_type, shown)
    assert cleaning.kind_of(clean.content) == media_type.partition("/")[2]


def test_a_picture_comes_out_upright_and_tells_neither_place_nor_camera() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Planted Camera"
    exif.get_ifd(0x8825)[1] = "N"
    clean = read(picture(size=(60, 40), exif=exif, comment=b"planted comment"))
    painted = Image.open(io.BytesIO(clean.content))
    assert painted.size == (40, 60)
    assert dict(painted.getexif()) == {}
    assert b"anted" not in clean.content


def test_a_png_keeps_no_texts_either() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "planted author")
    assert b"planted" not in read(picture("PNG", pnginfo=told)).content


def test_what_one_could_see_through_is_white_in_a_jpeg() -> None:
    clean = read(picture("WEBP", mode="RGBA"))
    assert Image.open(io.BytesIO(clean.content)).getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_is_at_most_eight_thousand_dots_a_side() -> None:
    assert Image.open(io.BytesIO(read(picture("PNG", (9000, 90), "L")).content)).size == (8000, 80)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png_is_read(mode: str) -> None:
    assert read(picture("PNG", mode=mode)).media_type == "image/png"


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_every_mode_of_jpeg_is_read(mode: str) -> None:
    assert read(picture(mode=mode)).media_type == "image/jpeg"


def test_a_pdf_loses_what_acts_by_itself_what_it_carries_and_who_made_it() -> None:
    def plant(pdf: pikepdf.Pdf) -> None:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="planted.script()")
        pdf.Root.OpenAction = script
        pdf.Root["/Names"] = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["planted", script])))
        page = pdf.pages[0].obj
        page["/AA"] = pdf.make_indirect(
            pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="planted.exe"))
        )
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="planted.exe")
        web = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://kept.example/", Next=launch)
        page["/Annots"] = pikepdf.Array(
            [
                *(
                    pdf.make_indirect(pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 1, 1], A=action))
                    for action in (launch, web)
                ),
                pdf.make_indirect(pikepdf.Dictionary(Subtype=pikepdf.Name.FileAttachment, FS="planted")),
            ]
        )
        pdf.attachments["planted.txt"] = b"planted file"
        with pdf.open_metadata() as told:
            told["dc:creator"] = ["planted creator"]
        pdf.docinfo["/Author"] = "planted author"

    plain = {"compress_streams": False, "object_stream_mode": pikepdf.ObjectStreamMode.disable}
    before, after = document(change=plant, **plain), read(document(change=plant, **plain)).content
    for hidden in (b"planted.script", b"planted.exe", b"planted file", b"planted author", b"planted creator"):
        assert hidden in before, hidden
    with pikepdf.open(io.BytesIO(after)) as pdf:
        out = io.BytesIO()
        pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.all, **plain)
        assert len(pdf.pages[0].obj["/Annots"]) == 2
    assert b"planted" not in out.getvalue()
    assert b"kept.example" in out.getvalue()


def test_a_photo_inside_a_pdf_tells_neither_place_nor_camera() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Planted Camera"
    photo = picture(exif=exif, comment=b"planted comment")

    def place(pdf: pikepdf.Pdf) -> None:
        image = pikepdf.Stream(
            pdf, photo, Subtype=pikepdf.Name.Image, Width=60, Height=40, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        pdf.pages[0].obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Photo=image))

    assert b"lanted" in document(change=place)
    cleaned = read(document(change=place)).content
    assert b"lanted" not in cleaned
    with pikepdf.open(io.BytesIO(cleaned)) as pdf:
        photo_in_it: Any = pdf.pages[0].obj.Resources.XObject.Photo
        kept = pikepdf.PdfImage(photo_in_it).as_pil_image()
    assert kept.tobytes() == Image.open(io.BytesIO(photo)).tobytes()


def test_a_pdf_with_a_digital_signature_stays_as_it_is() -> None:
    def sign(pdf: pikepdf.Pdf) -> None:
        value = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Sig, ByteRange=pikepdf.Array([0, 1, 2, 3]), Contents=pikepdf.String("x")
            )
        )
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="seal", V=value))
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([field]), SigFlags=3)
        pdf.docinfo["/Author"] = "Sealer"

    signed = document(change=sign)
    assert read(signed).content == signed


# --- what is refused ------------------------------------------------------------------------------------------------


ENCRYPTED = [document(encryption=pikepdf.Encryption(owner="a", user=user)) for user in ("b", "")]
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.pdf", "“a.pdf” is empty. Choose the file again."),
        (b"MZ\x90" * 99, "a.pdf", "“a.pdf” is neither a PDF nor a picture (JPEG, PNG or WebP)."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "“a.svg” is neither a PDF"),
        (b"GIF89a" + b"\0" * 99, "a.gif", "“a.gif” is neither a PDF"),
        (HEIC, "IMG_1.HEIC", "“IMG_1.HEIC” is in a format of its own (HEIC or AVIF). Save it as JPEG or PDF"),
        (picture(), "a.pdf", "“a.pdf” is not what its name says it is."),
        (document(), "a.jpg", "“a.jpg” is not what its name says it is."),
        (picture("WEBP"), "a.png", "“a.png” is not what its name says it is."),
        (ENCRYPTED[0], "a.pdf", "“a.pdf” is locked with a password."),
        (ENCRYPTED[1], "a.pdf", "“a.pdf” is locked with a password."),
        (document(pages=0), "a.pdf", "“a.pdf” has no page or more than 100."),
        (document(pages=101), "a.pdf", "“a.pdf” has no page or more than 100."),
        (picture("PNG", (9000, 9000), "1"), "a.png", "“a.png” has more than 50 million dots."),
        (moving("PNG"), "a.png", "“a.png” is a moving picture."),
        (moving("WEBP"), "a.webp", "“a.webp” is a moving picture."),
        (document()[:-120], "a.pdf", "“a.pdf” cannot be read: it is damaged or not whole."),
        (picture("JPEG", (900, 900))[:2000], "a.jpg", "“a.jpg” cannot be read"),
        (picture("PNG", (900, 900))[:80], "a.png", "“a.png” cannot be read"),
        (b"%PDF-1.7\n", "a.pdf", "“a.pdf” cannot be read"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_taken_is_told_in_one_sentence(content: bytes, name: str, sentence: str) -> None:
    assert refused(content, name).startswith(sentence)


def test_a_small_pdf_that_unpacks_to_gigabytes_is_refused_soon() -> None:
    """An object stream is unpacked by every reader before anything can be asked of the document."""
    import struct
    import zlib

    packer = zlib.compressobj(9)
    packed = packer.compress(b"4 0 << /Type /Pages /Kids [] /Count 0 >> ")
    packed += b"".join(packer.compress(b" " * (1 << 24)) for _each in range(128)) + packer.flush()
    parts = [
        b"%PDF-1.7\n",
        b"1 0 obj\n<< /Type /Catalog /Pages 4 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        + packed + b"\nendstream\nendobj\n",
    ]  # fmt: skip
    first, second, third = (len(b"".join(parts[:end])) for end in (1, 2, 3))
    rows = [(0, 0, 65535), (1, first, 0), (1, second, 0), (1, third, 0), (2, 2, 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    bomb = b"".join(parts) + (
        b"3 0 obj\n<< /Type /XRef /Size 5 /W [1 4 2] /Root 1 0 R /Length %d >>\nstream\n" % len(table)
        + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % third
    )  # fmt: skip
    assert len(bomb) < 3 * MEGABYTE
    assert "cannot be read" in refused(bomb, "a.pdf")


def test_a_cleaner_that_hangs_or_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        read_upload(SimpleUploadedFile("a.jpg", picture()), patience=0.0001)

    def dies(*_args: Any, **_options: Any) -> None:
        raise subprocess.CalledProcessError(-11, "cleaner")

    monkeypatch.setattr(subprocess, "run", dies)
    assert "cannot be read" in refused(picture())


def test_the_cleaner_is_given_no_environment() -> None:
    """Secrets stand in the environment of the web process; what parses strangers' bytes has none of them."""
    given_: dict[str, Any] = {}
    real = subprocess.run

    def watch(*args: Any, **options: Any) -> Any:
        given_.update(options)
        return real(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", watch)
        read(picture())
    assert given_["env"] == {}


@pytest.mark.parametrize(("language", "sentence"), [("fi", "”a.pdf” on tyhjä."), ("sv", "”a.pdf” är tom.")])
def test_the_sentence_is_in_the_readers_language(language: str, sentence: str) -> None:
    with translation.override(language):
        assert refused(b"", "a.pdf").startswith(sentence)


# --- any bytes ------------------------------------------------------------------------------------------------------

SAMPLES = [document(pages=2), picture(), picture("PNG"), picture("WEBP"), ENCRYPTED[0], HEIC]
HEADS = [b"", b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\0ftypheic"]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good file with some bytes changed, cut out or put in."""
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _change in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        content[at : at + draw(st.integers(0, 40))] = draw(st.binary(max_size=40))
    return bytes(content)


@settings(max_examples=300, deadline=None)
@given(st.one_of(spoilt(), st.builds(bytes.__add__, st.sampled_from(HEADS), st.binary(max_size=400))))
def test_any_bytes_are_clean_or_refused_and_nothing_else(content: bytes) -> None:
    code = ""
    try:
        kind, clean = cleaning.clean(content)
    except cleaning.Refused as refusal:
        code = refusal.code
    assert code in uploads.WORDS if code else cleaning.clean(clean)[0] == kind


@settings(max_examples=15, deadline=None)
@given(spoilt(), st.text(max_size=200))
def test_any_file_is_clean_or_refused_in_words(content: bytes, name: str) -> None:
    file: Any = SimpleUploadedFile("x", content)
    file._name = name
    said, clean = [], None
    try:
        clean = read_upload(file)
    except ValidationError as error:
        said = error.messages
    assert len(said) == 1 or (clean and 0 < len(clean.name) <= 120)


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\Users\\Sanna\\sopimus.pdf", "sopimus.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\u202efdp.exe", "a fdp.exe.pdf"),
        ("a\r\nb\0.pdf", "a b.pdf"),
        (" . ", "scan.pdf"),
        ("", "scan.pdf"),
        (".pdf", "pdf.pdf"),
        ("ä" * 300 + ".pdf", "ä" * 116 + ".pdf"),
    ],
)
def test_a_name_is_shown_plain_and_short_with_its_own_ending(sent: str, shown: str) -> None:
    assert shown_name(shown_name(sent), "pdf") == shown or shown_name(sent, "pdf") == shown


@given(st.text(max_size=400))
def test_any_name_can_be_shown(sent: str) -> None:
    shown = shown_name(shown_name(sent), "jpg")
    assert 4 < len(shown) <= 120
    assert shown.endswith(".jpg")
    assert shown.isprintable()


# --- on the way in --------------------------------------------------------------------------------------------------


def arriving(*files: tuple[str, int]) -> HttpRequest:
    return RequestFactory().post("/", {"scans": [SimpleUploadedFile(name, b"%" * size) for name, size in files]})


def test_what_comes_in_stays_in_memory_and_what_is_too_large_is_let_go() -> None:
    request = arriving(("small.pdf", 3 * MEGABYTE), ("big.pdf", 11 * MEGABYTE), ("other.pdf", 9 * MEGABYTE))
    small, big, other = request.FILES.getlist("scans")
    assert [(each.size, len(each.read())) for each in (small, big, other)] == [
        (3 * MEGABYTE, 3 * MEGABYTE),
        (11 * MEGABYTE, 0),
        (9 * MEGABYTE, 9 * MEGABYTE),
    ]
    assert not hasattr(small, "temporary_file_path")


def test_files_that_are_too_large_together_are_told_once() -> None:
    request = arriving(*((f"{number}.pdf", 9 * MEGABYTE) for number in range(4)))
    with pytest.raises(ValidationError) as caught:
        UploadsField(most=10).clean(request.FILES.getlist("scans"))
    said = [message for message in caught.value.messages if "Together" in message]
    assert said == ["Together the files are larger than 25 MB. Send some now and the others after that."]


def test_a_file_just_over_the_bound_is_told() -> None:
    request = arriving(("a.pdf", 10 * MEGABYTE + 1))
    with pytest.raises(ValidationError, match=r"“a\.pdf” is larger than 10 MB"):
        UploadsField(most=10).clean(request.FILES.getlist("scans"))


def test_more_files_than_are_kept_are_refused_before_any_is_read() -> None:
    with pytest.raises(ValidationError, match="At most 2 files at a time"):
        UploadsField(most=2).clean([SimpleUploadedFile("a.pdf", b"x")] * 3)


def test_no_file_is_fine_where_none_is_asked_for() -> None:
    assert UploadsField(most=2, required=False).clean([]) == []
    with pytest.raises(ValidationError, match="Choose a file"):
        UploadsField(most=2).clean([])
