"""What a page is made of."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "rect", "line", "path", "circle", "col", "br", "img"}


class Elements(HTMLParser):
    """Tags with their attributes, the text outside style and script, and whether tags balance."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)
