"""The Python package from outside: a login from enrolment to verification, held against the program of the same build in both
directions; every kind of exception; a model's run, proof and verification; other threads run while something is proven."""
import json
import os
import re
import subprocess
import tempfile
import threading
import time
import unittest
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import voizk

PROGRAM, SOUNDS, SOURCE = os.environ["VOIZK_PROGRAM"], Path(os.environ["VOIZK_SOUNDS"]), Path(os.environ["VOIZK_SOURCE"])
PASSPHRASE = b"correct horse"
Pcm = npt.NDArray[np.int16]


def read(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        assert file.getframerate() == 8000 and file.getsampwidth() == 2 and file.getnchannels() == 1
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def spoken(digits: str) -> Pcm:
    quiet = np.zeros(800, dtype=np.int16)
    parts = [quiet]
    for digit in digits:
        parts += [read(SOUNDS / "digits" / f"{digit}.wav"), quiet]
    return np.concatenate(parts)


def run(*words: str) -> Any:
    done = subprocess.run([PROGRAM, *words, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


class Login(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]
    bundle: voizk.Bundle
    sealed: bytes
    public: bytes

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        cls.bundle = voizk.Bundle()
        utterances = [read(SOUNDS / f"{n}.wav") for n in ("vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords")]
        cls.sealed, cls.public = voizk.enrol(cls.bundle, "bank.example", utterances, PASSPHRASE, label="of the test", threads=2)
        voizk.init_state("state")
        time.sleep(1.1)  # challenges of the second in which the memory was made are refused

    @classmethod
    def tearDownClass(cls) -> None:
        os.chdir("/")
        cls.folder.cleanup()

    def accepted(self) -> tuple[bytes, Pcm]:
        """The published operating point refuses some right phrases."""
        for _ in range(25):
            challenge = voizk.new_challenge("bank.example", digits=5)
            pcm = spoken(voizk.phrase(challenge))
            if voizk.check(self.bundle, self.sealed, PASSPHRASE, challenge, pcm) is None:
                return challenge, pcm
        self.fail("no phrase was accepted")

    def test_login(self) -> None:
        challenge, pcm = self.accepted()
        ticks = 0
        proofs: list[bytes] = []

        def work() -> None:
            proofs.append(voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, pcm))

        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            ticks += 1
            time.sleep(0.005)
        thread.join()
        self.assertGreater(ticks, 20, "the lock was held while proving")
        verifier = voizk.Verifier(self.bundle)
        damaged = bytearray(proofs[0])
        damaged[len(damaged) // 2] ^= 1
        with self.assertRaises(voizk.ProofRejected) as caught:
            verifier.verify_once(challenge, self.public, bytes(damaged), "state")
        self.assertNotEqual(caught.exception.check, "")
        with self.assertRaises(voizk.ProofMalformed):
            verifier.verify_once(challenge, self.public, b"no proof", "state")
        with self.assertRaises(voizk.NotFound):
            verifier.verify_once(challenge, self.public, proofs[0], "no-state")
        verifier.verify_once(challenge, self.public, proofs[0], "state")
        with self.assertRaises(voizk.ChallengeUsed):
            verifier.verify_once(challenge, self.public, proofs[0], "state")
        other = voizk.new_challenge("bank.example", digits=5)
        with self.assertRaises(voizk.ProofRejected):
            verifier.verify_once(other, self.public, proofs[0], "state")

    def test_the_program_accepts_what_this_proves(self) -> None:
        challenge, pcm = self.accepted()
        proof = voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, pcm, threads=2)
        for name, content in (("c.json", challenge), ("bank.json", self.public), ("l.proof", proof)):
            Path(name).write_bytes(content)
        code, said = run("verify", "--proof", "l.proof", "--challenge", "c.json", "--credential", "bank.json", "--state", "state")
        self.assertEqual((code, said["accepted"]), (0, True))

    def test_and_this_what_the_program_proves(self) -> None:
        store = Path("store")
        store.mkdir(mode=0o700)
        name = json.loads(self.public)["commitment"][:16] + ".voizk-credential"
        (store / name).write_bytes(self.sealed)
        (store / name).chmod(0o600)
        Path("pw").write_bytes(PASSPHRASE)
        Path("pw").chmod(0o600)
        challenge, pcm = self.accepted()
        Path("d.json").write_bytes(challenge)
        with wave.open("s.wav", "wb") as file:
            file.setparams((1, 2, 8000, len(pcm), "NONE", ""))
            file.writeframes(pcm.tobytes())
        code, said = run("prove", "--challenge", "d.json", "--audio", "s.wav", "--out", "p.proof", "--store", "store", "--passphrase-file", "pw")
        self.assertEqual(code, 0, said)
        voizk.Verifier(self.bundle).verify_once(challenge, self.public, Path("p.proof").read_bytes(), "state")

    def test_refusals(self) -> None:
        challenge = voizk.new_challenge("bank.example", digits=5)
        wrong = spoken(voizk.phrase(challenge)[::-1])
        silence = np.zeros(24000, dtype=np.int16)
        self.assertEqual(voizk.check(self.bundle, self.sealed, PASSPHRASE, challenge, silence), "silent")
        self.assertIsNotNone(voizk.check(self.bundle, self.sealed, PASSPHRASE, challenge, wrong))
        with self.assertRaises(voizk.Refused) as caught:
            voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, silence)
        self.assertEqual(caught.exception.check, "silent")
        with self.assertRaises(voizk.Refused):
            voizk.enrol(self.bundle, "bank.example", [silence] * 3, PASSPHRASE)

    def test_errors(self) -> None:
        challenge = voizk.new_challenge("bank.example")
        pcm = np.zeros(24000, dtype=np.int16)
        with self.assertRaises(voizk.WrongPassphrase):
            voizk.prove(self.bundle, self.sealed, b"another one", challenge, pcm)
        with self.assertRaises(voizk.Malformed):
            voizk.prove(self.bundle, b"\0" * 500, PASSPHRASE, challenge, pcm)
        with self.assertRaises(voizk.Malformed):
            voizk.phrase(b"{}")
        with self.assertRaises(voizk.InvalidArgument):
            voizk.new_challenge("bank.example", digits=99)
        with self.assertRaises(voizk.InvalidArgument):
            voizk.new_challenge("bank\u202eexample")
        with self.assertRaises(voizk.InvalidArgument):
            voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, pcm, threads=0)
        with self.assertRaises(voizk.InvalidArgument):
            voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, pcm.reshape(2, -1))
        with self.assertRaises(voizk.InvalidArgument):
            voizk.enrol(self.bundle, "bank.example", [], PASSPHRASE)
        with self.assertRaises(voizk.InvalidArgument):
            voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, pcm, pinned=b"short")
        with self.assertRaises(voizk.NotFound):
            voizk.Bundle.load("nowhere")
        wrong_kind: Any = pcm.astype(np.float32)
        with self.assertRaises(TypeError):  # it would be silence
            voizk.prove(self.bundle, self.sealed, PASSPHRASE, challenge, wrong_kind)
        for exception in (voizk.NotFound, voizk.Refused, voizk.OutOfMemory):
            self.assertTrue(issubclass(exception, voizk.Error))

    def test_readme(self) -> None:
        """The example, with the digits spoken for it; another phrase is asked for where this one is refused."""
        blocks = re.findall(r"```python\n(.*?)```", (SOURCE / "python" / "README.md").read_text(), re.S)
        for attempt in range(25):
            names: dict[str, Any] = {"recordings": [read(SOUNDS / f"{n}.wav") for n in ("vm-record-prepend", "vm-rec-unv", "vm-intro", "demo-enterkeywords")],
                                     "record": spoken, "state": f"readme-{attempt}"}
            try:
                exec("\n".join(blocks), names)
            except voizk.Refused:
                continue
            self.assertEqual(names["verdict"], "welcome")
            return
        self.fail("no phrase was accepted")


class AModel(unittest.TestCase):
    def test_run_proof_and_verification(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "net")
            subprocess.run(["/usr/bin/python3", str(SOURCE / "tests/cli/make_onnx.py"), str(folder)], check=True, stdout=subprocess.DEVNULL)
            file = Path(name, "net.vzm")
            code, said = run("model", "import", str(folder / "fixed.onnx"), "--calibrate", f"x={folder}/x", "--calibrate", f"state={folder}/state",
                             "-o", str(file))
            self.assertEqual(code, 0, said)
            model = voizk.Model.read(file.read_bytes())
            given = {name: np.load(folder / f"{name}.npy") for name in ("x", "state")}
            expected = np.load(folder / "y.npy")  # numpy's own
        inputs = [given[t.name] for t in model.inputs]
        output = model.evaluate(inputs)
        self.assertEqual(list(output.shape), model.output.dims)
        np.testing.assert_allclose(output, expected, atol=0.05)
        proof, proven = model.prove(inputs, context=b"for the test", threads=2)
        np.testing.assert_array_equal(proven, output)
        shown, stated = model.verify(proof, context=b"for the test")
        np.testing.assert_array_equal(shown, output)
        self.assertIsNone(stated)
        with self.assertRaises(voizk.ProofRejected):
            model.verify(proof, context=b"another")
        proof, _ = model.prove(inputs, public_inputs=True)
        _, stated = model.verify(proof)
        assert stated is not None
        for i, array in enumerate(inputs):
            np.testing.assert_array_equal(stated[i], model.to_integers(i, array))
        with self.assertRaises(voizk.InvalidArgument):
            model.evaluate([array.reshape(-1) for array in inputs])
        with self.assertRaises(voizk.InvalidArgument):
            model.evaluate([])
        with self.assertRaises(voizk.Malformed):
            voizk.Model.read(b"no model")


if __name__ == "__main__":
    unittest.main()
