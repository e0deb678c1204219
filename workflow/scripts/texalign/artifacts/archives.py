"""ZIP archives that others packed: what reading one that is damaged raises."""

import zipfile
import zlib

# A damaged stream is told by zlib itself, not by zipfile, and its end by EOFError; an encrypted member is a
# RuntimeError there, as is a way of compressing that it does not know.
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
