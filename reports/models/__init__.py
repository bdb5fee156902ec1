from reports.models.approval import Answer, Asked, Verdict
from reports.models.frame import ReportFrame
from reports.models.release import Acknowledgement, Handover, Recipient
from reports.models.remark import ReadUpTo, Remark
from reports.models.report import Kind, Report, ReportState, Revision, Withdrawal

__all__ = [
    "Acknowledgement",
    "Answer",
    "Asked",
    "Handover",
    "Kind",
    "ReadUpTo",
    "Recipient",
    "Remark",
    "Report",
    "ReportFrame",
    "ReportState",
    "Revision",
    "Verdict",
    "Withdrawal",
]
