"""A byte of the store is another: srvd says so and does not start, or serves and lets nobody in whom it should not."""
import os
import random
import re
from collections import Counter

from machine import PASSWORD, USER, Place, Wrong

NO_TICKET = "00000000-0000-0000-0000-000000000000"


class Damage:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.outcomes = Counter()

    def run(self, flips):
        with Place() as place:
            ticket = place.start(shim=False).login(USER, PASSWORD).attributes["ticket"]
            place.stop()
            with open(place.database, "rb") as f:
                whole = f.read()
            for _ in range(flips):
                self.flip(place, whole, ticket)
        return self.outcomes

    def flip(self, place, whole, ticket):
        at, by = self.chance.randrange(len(whole)), self.chance.randrange(1, 256)
        folder = os.path.dirname(place.database)
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        with open(place.database, "wb") as f:
            f.write(whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1:])
        place.launch(shim=False)
        try:
            if place.serves():
                self.outcomes[self.look(place.caller, ticket)] += 1
                if place.stop() != 0:
                    raise Wrong("srvd did not end well")
            elif place.ended() == 0 or len(re.findall(r'^\S+ error start reason="(?:database|settings|resources|jobs|warehouse)', place.logged(), re.M)) != 1:
                raise Wrong(f"srvd did not say why: {place.logged()}")
            else:
                self.outcomes["refused at the start"] += 1
        except Exception as e:
            raise Wrong(f"byte {at} changed by {by:#x}: {e}") from e

    @staticmethod
    def look(caller, ticket):
        """Nobody gets in without a password or with a ticket that is none; who has the right one may have to do without."""
        for password in ("wrong", ""):
            answer = caller.login(USER, password)
            if not answer.error.startswith("[900]") and not answer.unavailable:
                raise Wrong(f"a login with the password {password!r} was answered {answer}")
        answer = caller.valid(NO_TICKET)
        if not answer.error.startswith("[901]") and not answer.unavailable:
            raise Wrong(f"a ticket that is none was answered {answer}")
        good = [caller.login(USER, PASSWORD), caller.valid(ticket), caller.info()]
        for answer in good:
            if not answer.yes and not answer.unavailable and not answer.error.startswith(("[900]", "[901]", "[902]")):
                raise Wrong(f"what was right before was answered {answer}")
        return "serves as before" if all(answer.yes for answer in good) else "serves without what was there"
