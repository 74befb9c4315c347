"""The bundled "web": a few pages that a web search can find. All of it is invented.

The page on the weather in 济南 has the words and the link of 星芸's own example [doc].
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the bundled web."""

    title: str
    url: str
    text: str


PAGES = (
    Page(
        "济南天气预报",
        "https://www.tianqi.com/jinan/",
        "今天济南的天气是晴天，最高气温为25℃，风力小于3级。明天济南多云，最高气温为23℃。",
    ),
    Page(
        "北京天气预报",
        "https://www.tianqi.com/beijing/",
        "今天北京的天气是多云，最高气温为22℃，北风3级。明天北京有小雨，最高气温为18℃。",
    ),
    Page(
        "上海天气预报",
        "https://www.tianqi.com/shanghai/",
        "今天上海的天气是小雨，最高气温为20℃，东南风2级。出门请带伞。",
    ),
    Page(
        "Weather in Shanghai and Beijing",
        "https://weather.example.com/china",
        "Shanghai has light rain today, with a high of 20 °C. "
        "Beijing is cloudy today, with a high of 22 °C. "
        "Jinan is sunny today, with a high of 25 °C.",
    ),
    Page(
        "国产大模型动态",
        "https://tech.example.cn/llm",
        "国产大模型近期密集更新，通义千问、深度求索等团队相继发布了支持推理和工具调用的新版本。"
        "多家云厂商同时下调了大模型的调用价格。",
    ),
    Page(
        "新能源汽车销量快报",
        "https://auto.example.cn/nev",
        "上月国内新能源汽车销量同比增长三成，插电混动车型的增速高于纯电动车型。",
    ),
    Page(
        "What's New In Python",
        "https://docs.python.org/3/whatsnew/",
        "Each new release of Python brings a 'What's New' page. "
        "Python 3.13 added a new interactive interpreter and an experimental build "
        "without the global interpreter lock. "
        "Python 3.12 made f-strings more flexible and improved error messages.",
    ),
    Page(
        "LangChain documentation",
        "https://docs.langchain.com/",
        "LangChain is a framework for building applications with large language models. "
        "LangChain chat models share one interface for messages, streaming and tool calling. "
        "用LangChain时，聊天模型用统一的接口支持消息、流式输出和工具调用。",
    ),
    Page(
        "LlamaIndex documentation",
        "https://docs.llamaindex.ai/",
        "LlamaIndex is a framework for connecting your own data to large language models. "
        "LlamaIndex query engines retrieve the relevant nodes and let a model "
        "synthesize the answer. "
        "用LlamaIndex可以把私有数据接入大模型，检索相关节点后由模型综合出回答。",
    ),
    Page(
        "pandas user guide",
        "https://pandas.pydata.org/docs/user_guide/",
        "pandas is a Python library for data analysis; its central object is the DataFrame. "
        "In pandas, groupby splits a DataFrame into groups so that each can be aggregated. "
        "在pandas中，groupby可以把DataFrame按列分组后再聚合。",
    ),
    Page(
        "The Moon",
        "https://science.example.org/moon",
        "The Moon is about 384,400 kilometres from the Earth on average. "
        "The Moon has a diameter of 3,474 kilometres and always shows us the same side. "
        "Apollo 11 landed the first people on the Moon on 20 July 1969.",
    ),
    Page(
        "月球百科",
        "https://baike.example.cn/yueqiu",
        "月球与地球的平均距离约为38.4万公里。月球的直径约为3474公里，约为地球的四分之一。"
        "嫦娥六号于2024年从月球背面采样返回。",
    ),
    Page(
        "中国茶的种类",
        "https://tea.example.cn/types",
        "中国茶按发酵程度分为绿茶、白茶、黄茶、青茶、红茶和黑茶六大类。龙井茶产于杭州，属于绿茶。",
    ),
    Page(
        "How to brew tea",
        "https://tea.example.com/brewing",
        "Green tea is best brewed with water of 75 to 80 °C for two minutes. "
        "Black tea takes boiling water and three to five minutes. "
        "The six kinds of Chinese tea differ in how far the leaves are fermented.",
    ),
)
