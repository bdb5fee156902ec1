from transfer.models.batch import ImportBatch, ImportFile
from transfer.models.receiver import Receiver

__all__ = ["ImportBatch", "ImportFile", "Receiver"]
