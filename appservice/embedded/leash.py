"""Becomes the program that it is told, which is then ended when its parent is, however that came about.

    python leash.py PARENT SIGNAL USER PROGRAM ARGUMENT…

USER is whom the program runs as, or `-` for whoever starts it. The kernel sends SIGNAL at the death of the thread that
started us (prctl(2), PR_SET_PDEATHSIG); it is kept across the exec. Elsewhere than on Linux the program is not tied to
its parent. Run as a file, for its start to be quick.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, number, user, *command = sys.argv[1:]
    if user != "-":
        account = pwd.getpwnam(user)
        os.initgroups(user, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != int(parent):  # it died before we were tied to it
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 the command that our parent started us for


if __name__ == "__main__":
    main()
