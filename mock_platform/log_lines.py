"""Log lines: where they go, and a last mask over telephone numbers, though nothing clear should ever get that far."""

from __future__ import annotations

import logging
import sys

from mock_platform.domain.personal_data import masked_text

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class MaskingFormatter(logging.Formatter):
    """Masks the finished line: what came in by the message, its arguments or a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked_text(super().format(record))


def log_to(file: str, level: str) -> None:
    """Log lines of this severity and above to a file, or to standard error. OSError if the file cannot be written."""
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter(FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
