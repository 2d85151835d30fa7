"""A stranger's HTML can neither run, load, nor leave its box; as text it reads well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.html import html_to_text, sanitise


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href=' DATA:text/html,alert'>x</a>",
        "<form action='https://evil.test'><input name=password></form>",
        "<iframe src='https://evil.test'></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<style>body{display:none}</style>",
        "<p style='position:fixed;top:0'>x</p>",
        "<p style='background:url(https://evil.test)'>x</p>",
        "<p style='margin:-500px'>x</p>",
        "<base href='https://evil.test'>",
        "<meta http-equiv=refresh content='0;url=https://evil.test'>",
        "<p id=navigation class=modal>x</p>",
        "<p style='background-color:url(https://evil.test/x)'>x</p>",
        "<p style='color:expression(alert(1))'>x</p>",
        "<p style='width:1px;\\62 ackground:url(https://evil.test)'>x</p>",
        "<table background='https://evil.test/x.png'><tr><td>1</table>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'></svg>",
        "<a href='vbscript:alert(1)'>x</a>",
        "<a href='java&#x09;script:alert(1)'>x</a>",
        "<img srcset='https://evil.test/x 2x'>",
        "<video poster='https://evil.test/x'></video><audio src='https://evil.test/x' autoplay></audio>",
        "<link rel=stylesheet href='https://evil.test/x.css'>",
        "<object data='https://evil.test/x'></object><embed src='https://evil.test/x'>",
        "<button formaction='javascript:alert(1)'>x</button>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)
def test_what_could_harm_is_taken_out(html: str):
    safe = sanitise(html).lower()
    for word in (
        "alert(",
        "evil.test",
        "javascript",
        "fixed",
        "-500px",
        "<style",
        "<form",
        "<input",
        "navigation",
        "modal",
    ):
        assert word not in safe


@pytest.mark.parametrize("src", ["https://tracker.test/p.gif", "//tracker.test/p.gif", "/local.gif"])
def test_a_remote_picture_loads_only_when_asked(src: str):
    safe = sanitise(f'<img alt=">" src="{src}" srcset="{src} 2x" width="1">')
    assert f'data-remote-src="{src}"' in safe
    assert " src=" not in safe
    assert "srcset" not in safe


def test_embedded_pictures_and_links_stay():
    assert 'src="cid:a@b"' in sanitise('<img src="cid:a@b">')
    assert 'src="data:image/png;base64,AAAA"' in sanitise('<img src="data:image/png;base64,AAAA">')
    assert "data:image/svg" not in sanitise('<img src="data:image/svg+xml;base64,AAAA">')
    assert 'href="https://x.test/"' in sanitise('<a href="https://x.test/">x</a>')


@given(st.text(alphabet="<>\"'/= abimgsrc:htp&;x", max_size=80))
def test_sanitising_twice_changes_nothing_more_and_loads_nothing(html: str):
    safe = sanitise(html)
    assert sanitise(safe.replace(" data-remote-src=", " src=")) == safe
    assert '<img src="http' not in safe


def test_html_reads_as_text():
    html = (
        "<p>Hello&nbsp;<b>Tess</b>,</p><p>see <a href='https://x.test/a'>here</a> or "
        "<a href='https://x.test'>x.test</a>.</p>"
        "<ol><li>one<li>two<ul><li>deep</ul></ol><table><tr><td>a<td>b</table>"
        "<blockquote>quoted<blockquote>older</blockquote></blockquote><pre>x\n  y</pre>"
    )
    assert html_to_text(html) == (
        "Hello Tess,\n\nsee here <https://x.test/a> or x.test.\n\n1. one\n2. two\n  - deep\n\na | b\n\n"
        "> quoted\n>\n> > older\n\nx\n  y"
    )


def test_a_style_loses_only_what_could_harm():
    assert sanitise('<p style="color:red;background-color:url(x);width:1px">x</p>') == (
        '<p style="color:red;width:1px">x</p>'
    )


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">preview</div>',
        '<div style="DISPLAY: none">preview</div>',
        '<span style="color:#fff;visibility:hidden">preview</span>',
        '<div style="max-height:0;overflow:hidden">preview</div>',
        "<p hidden>preview</p>",
    ],
)
def test_what_a_browser_does_not_show_is_no_text(hidden: str):
    assert html_to_text(f"{hidden}<p>Dear Tess</p>") == "Dear Tess"
    assert "preview" not in html_to_text(sanitise(f"{hidden}<p>Dear Tess</p>")) or "hidden>" in hidden


def test_a_text_that_is_hidden_as_a_whole_is_better_than_none():
    assert html_to_text('<div style="display:none">Dear Tess</div>') == "Dear Tess"


def test_fillers_of_a_preview_are_no_text():
    assert html_to_text("Sale today" + "&zwnj;&nbsp;" * 50 + "<p>Hello</p>") == "Sale today\n\nHello"
