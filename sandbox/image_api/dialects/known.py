"""Every service that can be played, by name."""

from collections.abc import Mapping

from sandbox.image_api.dialects.aimlapi import AimlApi
from sandbox.image_api.dialects.azure import Azure, AzureV1
from sandbox.image_api.dialects.base import Dialect
from sandbox.image_api.dialects.gemini import Gemini
from sandbox.image_api.dialects.litellm import LiteLlm
from sandbox.image_api.dialects.localai import LocalAi
from sandbox.image_api.dialects.sd_server import SdServer
from sandbox.image_api.dialects.sglang import SgLang
from sandbox.image_api.dialects.together import Together
from sandbox.image_api.dialects.vllm_omni import VllmOmni
from sandbox.image_api.dialects.xai import Xai
from sandbox.image_api.dialects.yescale import Yescale

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(),
        Azure(),
        AzureV1(),
        AimlApi(),
        Yescale(),
        LiteLlm(),
        LocalAi(),
        SdServer(),
        VllmOmni(),
        SgLang(),
        Xai(),
        Together(),
        Gemini(),
    )
}
