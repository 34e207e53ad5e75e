"""The steps, for the clients in Python: what they have in common but the toolkit. A client gives one caller for each form that
it speaks: call(operation, **parameters) returns the result element, and catch_fault() makes the service answer a fault,
catches it as the toolkit's own type, and returns "code: text" (in the plain forms, of the status). A step is right when it was with each."""
import os
import re
import traceback

NO_TICKET = "00000000-0000-0000-0000-000000000000"
FAULT_CODES = "SOAP-ENV:Client|SOAP-ENV:Sender|404"
FAULT_TEXTS = "too long|did not recognize|is no operation|method name is not valid"
GONE = "[901]Session expired or Invalid ticket"


def expect(right, answer):
    if not right:
        raise AssertionError(dict(answer.attrib))


def succeeded(answer):
    expect(answer.get("success") == "true", answer)


def failed(answer, error):
    expect(answer.get("success") == "false" and answer.get("error") == error, answer)


class Steps:
    """In the order of their definition."""

    def __init__(self, caller):
        self.call, self.catch_fault = caller.call, caller.catch_fault
        self.ticket = self.plain = None

    def _log_in(self, who):
        answer = self.call("AuthenticateUser", UID=os.environ[f"SRV_{who}USER"], PWD=os.environ[f"SRV_{who}PASSWORD"])
        succeeded(answer)
        return answer.get("ticket")

    def login(self):
        self.ticket, self.plain = self._log_in(""), self._log_in("PLAIN_")

    def login_refused(self):
        answer = self.call("AuthenticateUser", UID=os.environ["SRV_USER"], PWD="not " + os.environ["SRV_PASSWORD"])
        failed(answer, "[900] Authentication failed")

    def flush(self):
        succeeded(self.call("FlushApplicationCache", authenticationTicket=self.ticket))

    def flush_bad_ticket(self):
        failed(self.call("FlushApplicationCache", authenticationTicket=NO_TICKET), GONE)

    def flush_denied(self):
        failed(self.call("FlushApplicationCache", authenticationTicket=self.plain), "[921]Insufficient rights")

    def serverinfo(self):
        answer = self.call("ServerInfo")
        expect(answer.get("ServerName") == os.environ["SRV_SERVER_NAME"], answer)

    def jobs(self):
        answer = self.call("GetMaintenanceJobsStatus", authenticationTicket=self.ticket)
        expect(any(job.get("JobName") for job in answer.findall("MaintenanceJob")), answer)

    def warehouse(self):
        answer = self.call("GetWarehouseStatus", authenticationTicket=self.ticket)
        expect(any(path.get("Path") for path in answer.findall("WarehousePaths/WarehousePath")), answer)
        expect(any(disk.get("DiskSize") for disk in answer.findall("Disks/Disk")), answer)

    def logout(self):
        succeeded(self.call("LogOut", AuthenticationTicket=self.ticket))
        failed(self.call("FlushApplicationCache", authenticationTicket=self.ticket), GONE)

    def fault(self):
        fault = self.catch_fault()
        if not re.fullmatch(f"({FAULT_CODES}): .*({FAULT_TEXTS}).*", fault):
            raise AssertionError(fault)


def run(version, callers):
    print("version", version)
    forms = [(form, Steps(caller)) for form, caller in callers.items()]
    for step in [name for name in vars(Steps) if not name.startswith("_")]:
        wrong = ""
        for form, steps in forms:
            try:
                getattr(steps, step)()
            except Exception as e:
                wrong += f" {form}: {e!r}"
                traceback.print_exc()
        print(f"not ok {step} -{wrong}" if wrong else f"ok {step}")
