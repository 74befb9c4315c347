"""Words that say nothing about a subject, and a small Chinese-English glossary."""

_STOP_WORDS = """
    a an the this that these those it its he him his she her they them their you your yours
    is are was were be been being am do does did done doing has have had having will would shall
    should can could may might must of in on at by for with about as into from to up down out over
    and or but if so than then too very just also not no nor only own same such both each few more
    most other some any all what which who whom whose when where why how there here please tell
    give show say says said know let us get got make made want need like much many
    what's who's where's when's how's it's that's there's i'd you're they're isn't doesn't don't
    far away hi hello hey thanks thank ok okay yes now today
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

SEPARATING_CHARACTERS = frozenset("吗呢吧啊么什怎谁哪几的了和与及")
"""Characters of question words and particles: a pair with one of them says nothing either."""

STOP_CHARACTERS = SEPARATING_CHARACTERS | frozenset(
    "的了是在有和与吗呢吧啊么什怎谁哪几多少这那我你您他她它们请个一些为以及被把将就都也还很会能可要"
)

_PAIRS = """
天气 weather|气温 temperature|温度 temperature|城市 city|国家 country|首都 capital|时间 time
日期 date|时区 timezone|名字 name|姓名 name|年龄 age|邮件 email|邮箱 email|电话 phone|地址 address
搜索 search|查询 search|检索 search|查找 search|网页 web|联网 web|新闻 news|翻译 translate
计算 calculate|加 add|减 subtract|乘 multiply|除 divide|平方 square|求和 sum|总和 sum|总计 total
合计 total|平均 average|最大 maximum|最小 minimum|最高 highest|最低 lowest|价格 price|股票 stock
股价 stock|汇率 exchange|货币 currency|订单 order|库存 stock|销售 sales|销量 sales|收入 revenue
营收 revenue|利润 profit|成本 cost|预算 budget|客户 customer|用户 user|产品 product|公司 company
员工 employee|文件 file|文档 document|数据 data|表格 table|图片 image|图像 image|照片 photo
颜色 color|大小 size|月亮 moon|月球 moon|太阳 sun|地球 earth|茶 tea|咖啡 coffee|食谱 recipe
音乐 music|电影 movie|书籍 book|航班 flight|酒店 hotel|餐厅 restaurant|预订 book|提醒 reminder
日历 calendar|会议 meeting|发送 send|创建 create|删除 delete|更新 update|随机 random|距离 distance
路线 route|人口 population|面积 area|长度 length|重量 weight|速度 speed|高度 height|历史 history
语言 language|编程 programming|代码 code|函数 function|模型 model|北京 beijing|上海 shanghai
济南 jinan|广州 guangzhou|深圳 shenzhen|中国 china|美国 america|法国 france|巴黎 paris|伦敦 london
东京 tokyo|纽约 york|画一 paint|画张 paint|画个 paint|画幅 paint|绘制 paint|朗读 speak|念出 speak
读出 speak
"""

ENGLISH_OF: dict[str, str] = {}
for _pair in _PAIRS.replace("\n", "|").split("|"):
    if _pair:
        _chinese, _english = _pair.split()
        ENGLISH_OF[_chinese] = _english
