"""This server, as the URLs in a request may name it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .bundle import files
from .bundle.files import ServedFile


@dataclass(frozen=True)
class Site:
    """What answers need to know of the server that they come from.

    Attributes:
        root: The address that the request came to, without a slash at its end.
        netlocs: The `host:port` names under which this server knows itself.
        kept: The generated files that it still has, by name.
    """

    root: str = ""
    netlocs: frozenset[str] = frozenset()
    kept: Mapping[str, ServedFile] = field(default_factory=dict)

    def resolve(self, url: str) -> ServedFile | None:
        """Find the file that a URL of this server names; None for a URL of any other.

        Raises:
            UnknownFile: If the URL is this server's, but names no file.
        """
        parts = urlsplit(url)
        port = next((netloc.rpartition(":")[2] for netloc in sorted(self.netlocs) if netloc), "")
        own = self.netlocs | {f"localhost:{port}", f"127.0.0.1:{port}"}
        if parts.netloc not in own:
            return None
        name = unquote(parts.path).rpartition("/")[2]
        found = self.kept.get(name) or files.find(name)
        if found is None:
            raise files.UnknownFile(f"no such file: {url}")
        return found
