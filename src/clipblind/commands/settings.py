"""`clipblind settings`: writes down every setting, for people and for editors."""

from pathlib import Path
from typing import Annotated

from clipblind.commands.options import file_to_write


def settings(
    page: Annotated[Path, file_to_write(help="The page.")] = Path("docs/settings.md"),
    schema: Annotated[Path, file_to_write(help="For editors.")] = Path("conf/schema.json"),
) -> None:
    """Write every setting with its type, default and meaning, and a JSON schema of them."""
    from clipblind.ground.files import write_text
    from clipblind.study.documents import settings_page, settings_schema

    write_text(page, settings_page())
    write_text(schema, settings_schema())
