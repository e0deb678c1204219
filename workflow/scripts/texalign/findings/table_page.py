"""A table as a page to read: sorted by a click, filtered by words, with what each column holds."""

import html
import json
from collections.abc import Mapping, Sequence
from string import Template

from texalign.artifacts.tables import Row
from texalign.errors import TexalignError


def table_page(template: str, name: str, label: str, rows: Sequence[Row], docs: Mapping[str, str]) -> str:
    """The page, complete and by itself.

    `template`: text of `table.html`. `name`: the table's, as its file is called; `label`: in words. `docs`: what
    columns hold, where it is known. Raises TexalignError when there are no rows.
    """
    if not rows:
        raise TexalignError(f"{name}: has no rows to show")
    columns = list(rows[0])
    table = {
        "columns": columns,
        "docs": {column: docs[column] for column in columns if column in docs},
        "rows": [[row[column] for column in columns] for row in rows],
    }
    # Within a script, only what would end it has to be written in another way.
    data = json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Template(template).substitute(name=html.escape(name), label=html.escape(label), table=data)
