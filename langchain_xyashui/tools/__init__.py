"""What the services can do, as tools for any model that calls tools. One file for each kind."""

from langchain_xyashui.tools.midjourney import XingYunMidjourney
from langchain_xyashui.tools.pictures import XingYunImageGeneration
from langchain_xyashui.tools.speech import XingYunSpeech
from langchain_xyashui.tools.web_search import XingYunWebSearch

__all__ = ["XingYunImageGeneration", "XingYunMidjourney", "XingYunSpeech", "XingYunWebSearch"]
