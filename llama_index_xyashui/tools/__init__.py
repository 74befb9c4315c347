"""What the services can do, as tools for any model that calls tools. One file for each kind."""

from llama_index_xyashui.tools.midjourney import MidjourneyAnswer
from llama_index_xyashui.tools.pictures import PictureAnswer
from llama_index_xyashui.tools.spec import XingYunToolSpec
from llama_index_xyashui.tools.speech import SpeechAnswer
from llama_index_xyashui.tools.web_search import WebAnswer

__all__ = ["MidjourneyAnswer", "PictureAnswer", "SpeechAnswer", "WebAnswer", "XingYunToolSpec"]
