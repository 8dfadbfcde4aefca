"""Pictures of pen-and-paper work are shown, small and harmless, wherever they are; or words say where."""

import base64
import io
from collections.abc import Mapping

import pytest
from PIL import Image

from graders.model import CellRun
from graders.notebooks.notebook import Cell, Notebook
from graders.notebooks.pictures import LONGEST_SIDE, PICTURE, Pictures, shrunk, without_pictures
from graders.report.rich_output import markdown, picture


def photo(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A picture."""
    made = io.BytesIO()
    Image.new("RGB", size, (120, 20, 20)).save(made, kind, **options)
    return made.getvalue()


def coded(content: bytes) -> str:
    """In base 64."""
    return base64.b64encode(content).decode()


def shown(text: str, beside: Mapping[str, bytes] | None = None, **attached: bytes) -> tuple[str, str]:
    """What an answer becomes, and how the report shows it."""
    kinds = {name.replace("__", "."): {"image/png": coded(content)} for name, content in attached.items()}
    cell = Cell("markdown", text, questions=("words",), attachments=kinds)
    pictures = Pictures(beside or {})
    answer = pictures.in_answers({"words": text}, Notebook((cell,)))["words"]
    addresses = {run.source: address for run in pictures.runs if (address := picture(run))}
    return answer, str(markdown(answer, addresses))


@pytest.mark.parametrize(
    "text",
    [
        "![photo](attachment:photo.png)",
        "![](<attachment:photo.png>)",
        '![photo](attachment:photo.png "mine")',
        "![photo](photo.png)",
        "![photo](./my%20folder/photo.png)",
        "![photo](folder\\photo.png)",
        "See ![a](photo.png) here",
        '<img src="photo.png" width="300"/>',
        "<IMG alt=x SRC='attachment:photo.png'>",
        "<img src=photo.png>",
        f"![photo](data:image/png;base64,{coded(photo())})",
        f'<img src="data:image/jpeg;base64,{coded(photo("JPEG"))}">',
        f"![photo](data:image/gif;base64,{coded(photo('GIF'))})",
        f"![photo](data:image/webp;base64,{coded(photo('WEBP'))})",
    ],
    ids=range(14),
)
def test_a_picture_is_shown_wherever_it_is(text: str) -> None:
    """Attached to the cell, in its text, or next to the notebook; in Markdown and in HTML."""
    answer, page = shown(text, {"photo.png": photo()}, photo__png=photo())
    assert "(picture-1)" in answer
    assert '<img src="data:image/png;base64,' in page or '<img src="data:image/jpeg;base64,' in page
    assert "script" not in page


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("![a](absent.png)", "no such file was handed in next to the notebook"),
        ("![a](attachment:absent.png)", "nothing of that name is attached"),
        ("![a](https://example.org/a.png)", "it is on the web"),
        ("![a](evil.svg)", "cannot be shown; it is next to the notebook"),
        ("![a](torn.jpg)", "cannot be shown; it is next to the notebook"),
        (f"![a](data:image/svg+xml;base64,{coded(SVG)})", "cannot be shown; it is in the text of its cell"),
        ("![a](data:image/png;base64,AAA)", "is not shown here"),
        ("<img>", "is not shown here"),
        ("![a](javascript:alert(1))", ""),
    ],
)
def test_what_cannot_be_shown_is_told(text: str, says: str) -> None:
    """In words that say where it is; nothing of it reaches the page."""
    answer, page = shown(text, {"evil.svg": SVG, "torn.jpg": b"\xff\xd8\xff\xe0" + bytes(200)})
    assert says in answer
    assert "<img" not in page and "<script" not in page and "href" not in page


def test_a_photo_is_made_small_upright_and_without_its_place() -> None:
    """Metadata such as the place where it was taken are gone; the way in which the camera was held is kept."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "at home"
    content = photo("JPEG", (4000, 1000), exif=exif)
    found = shrunk(content)
    assert found is not None and b"at home" in content and b"at home" not in found
    with Image.open(io.BytesIO(found)) as made:
        assert made.size == (LONGEST_SIDE // 4, LONGEST_SIDE)


def test_bombs_and_nonsense_are_no_pictures() -> None:
    """Too many pixels, too many bytes, none at all, no picture."""
    bomb = photo("PNG", (20_000, 10_000))
    for content in (bomb, b"", b"x" * 100, bytes(26_000_000), photo()[:50], SVG):
        assert shrunk(content) is None


def test_what_lies_beside_the_notebook_is_shown_as_well() -> None:
    """Pictures to which no answer points, and the names of scans, which a browser may not show."""
    beside = {"used.png": photo(), "loose.png": photo(), "scan.pdf": b""}
    pictures = Pictures(beside)
    pictures.in_answers({"words": "![](used.png)"}, Notebook())
    assert pictures.loose(["![](used.png)"]) == ("loose.png", "scan.pdf")
    runs = pictures.rest()
    assert [(run.index, run.question, run.message, picture(run) is not None) for run in runs] == [
        (PICTURE, "words", "used.png", True),
        (PICTURE, None, "loose.png", True),
        (PICTURE, None, "scan.pdf", False),
    ]


def test_text_with_many_beginnings_of_pictures_takes_no_time() -> None:
    """Reading is in proportion to the text."""
    for piece in ("![", "<img ", "![](data:image/png;base64,", "![](<", '![](a "', "<img src="):
        text = piece * 30_000
        assert isinstance(Pictures().in_answers({"words": text}, Notebook())["words"], str)
    assert without_pictures({"a": "x ![](data:image/png;base64,AAAA) y"}) == {"a": "x ![]() y"}


def test_a_students_own_output_is_no_picture_of_an_answer() -> None:
    """Only what was encoded here has an address."""
    run = CellRun(3, None, "", ({"output_type": "display_data", "data": {"image/svg+xml": "<svg>"}},))
    assert picture(run) is None
