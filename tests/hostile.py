"""Texts that would do harm wherever one of them were taken for more than text, and what a page shows of each."""

from __future__ import annotations

HOSTILE = {
    text: text
    for text in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        '<a href="javascript:alert(1)">click</a>',
        "![beacon](http://127.0.0.1:9/?said)",
        "</p></body></html><iframe src='//127.0.0.1:9'></iframe>",
        "<svg/onload=alert(1)>",
        "<style>@import '//127.0.0.1:9/x.css'; * { display: none }</style>",
        "&lt;b&gt; &amp; &#x41;",
        '=HYPERLINK("http://127.0.0.1:9","x")',
        "$x$ \\(x^2\\) {{7*7}} ${7*7} %s {0}",
        "<!-- --><![CDATA[x]]><?xml?>",
        "url(#a); background: url(http://127.0.0.1:9)",
    )
} | {"\x1b[31mred\x1b[0m": "\\u001b[31mred\\u001b[0m", "\u202egnp.exe": "\\u202egnp.exe", "a\x00b": "a\\u0000b"}
