"""What was done and is kept: objects, one commit record per task, and nothing that a crash can tear."""

from transfer.store.commits import Dropped, Store, squares_of
from transfer.store.record import Object, Record

__all__ = ["Dropped", "Object", "Record", "Store", "squares_of"]
