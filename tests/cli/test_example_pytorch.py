"""The PyTorch example, played against a copy of that repository's page structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.examples import copy_example
from tests.support.pytorch import CUDA, PyTorchCopy
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]

NVIDIA = {"nvidia-cublas-cu12": "12.6.4.1", "nvidia-cudnn-cu12": "9.10.2.21"}
BUILT = {"torch": f"2.13.0+{CUDA}", "torchvision": f"0.28.0+{CUDA}", "triton": "3.7.0"}
OTHERS = {
    "filelock": "3.20.0",
    "jinja2": "3.1.6",
    "markupsafe": "3.0.3",
    "numpy": "2.3.4",
    "pillow": "12.0.0",
    "sympy": "1.14.0",
    "typing-extensions": "4.15.0",
}
REQUIRES = {
    "torch": ["filelock", "typing-extensions>=4.10", "sympy>=1.13.3", "jinja2", "triton==3.7.0"]
    + [f"{name}=={version}" for name, version in NVIDIA.items()],
    "torchvision": ["numpy", "torch==2.13.0", "pillow!=8.3.*,>=5.3.0"],
    "nvidia-cudnn-cu12": ["nvidia-cublas-cu12"],
    "jinja2": ["MarkupSafe>=2.0"],
}


@pytest.fixture
def pypi(world: World) -> RepositoryDouble:
    """PyPI has all of these names, also those that PyTorch and NVIDIA build for themselves."""
    double = world.repository("pypi")
    for name, version in (BUILT | NVIDIA | OTHERS).items():
        double.serve(name, version.partition("+")[0], requires=REQUIRES.get(name, ()))
    double.serve("torch", "99.0")
    double.serve("torchtriton", "99.0")
    return double


@pytest.fixture
def nvidia(world: World) -> RepositoryDouble:
    """NVIDIA's wheels, which share one package without code of its own."""
    double = world.repository("nvidia", format="html-legacy", core_metadata=False)
    for name, version in NVIDIA.items():
        library = name.split("-")[1]
        files = {"nvidia/__init__.py": "", f"nvidia/{library}/lib.so": version}
        double.serve(name, version, requires=REQUIRES.get(name, ()), files=files)
    return double


@pytest.fixture
def pytorch(
    tmp_path: Path, project: Path, pypi: RepositoryDouble, nvidia: RepositoryDouble
) -> Iterator[PyTorchCopy]:
    """PyTorch's repository, and the example's copy in the project."""
    with PyTorchCopy(tmp_path / "pytorch") as copy:
        for name, version in BUILT.items():
            requires = REQUIRES.get(name, ())
            copy.builds(name, version, requires=requires, metadata=name != "triton")
        for name in NVIDIA:
            copy.links(name, nvidia)
        for name in ("filelock", "numpy", "pillow", "sympy", "typing-extensions"):
            copy.links(name, pypi)
        for name, version in {"jinja2": "3.1.4", "markupsafe": "2.1.5", "requests": "2.28"}.items():
            copy.copies(name, version)
        copy_example(
            "pytorch/xpip.toml",
            project / "xpip.toml",
            urls={"pytorch": copy.url, "pypi": pypi.url},
            file_hosts={"pytorch": [copy.file_host, nvidia.origin]},
        )
        yield copy


@pytest.mark.usefixtures("pytorch")
def test_pytorch_example_installs_torch_and_all_it_needs_without_a_refusal(
    xpip: Xpip, environment: Environment
) -> None:
    """PyTorch's own builds, by their local versions, and everything else as PyPI has it."""
    ended = xpip("install", "torch", "torchvision")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == BUILT | NVIDIA | OTHERS


@pytest.mark.usefixtures("environment")
def test_pytorch_example_asks_each_repository_for_its_own_names_alone(
    xpip: Xpip, pytorch: PyTorchCopy, pypi: RepositoryDouble, nvidia: RepositoryDouble
) -> None:
    """PyTorch is not asked for what it copied from PyPI, nor NVIDIA for any page at all."""
    xpip("install", "torch", "torchvision")

    assert set(pytorch.projects_asked()) == BUILT.keys() | NVIDIA.keys()
    assert set(pypi.projects_asked()) == OTHERS.keys()
    assert nvidia.projects_asked() == []


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", ["torchtriton", "nvidia-dali-cuda120"])
def test_pytorch_example_takes_a_403_for_an_absent_name(
    xpip: Xpip, pytorch: PyTorchCopy, pypi: RepositoryDouble, name: str
) -> None:
    """It is no outage, and no reason to ask PyPI, where a stranger may have the name."""
    ended = xpip("install", "--json", name)

    assert (ended.exit_code, ended.reasons) == (1, ["not-found"])
    assert pytorch.projects_asked() == [name]
    assert pypi.projects_asked() == []
