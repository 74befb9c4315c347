"""What the rules answer: over context, history, images, files, tables."""

import base64
import io

import httpx
import pytest
from PIL import Image

QA = (
    "Context information is below.\n---------------------\n{context}\n---------------------\n"
    "Given the context information and not prior knowledge, answer the query.\n"
    "Query: {question}\nAnswer: "
)
CITY = "Lisbon has 545,000 inhabitants. Porto is famous for its wine. Faro has an airport."


def turns(*texts: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many people live in Lisbon?", "Lisbon has 545,000 inhabitants."),
        ("What is Porto known for?", "Porto is famous for its wine."),
        ("Which town has an airport?", "Faro has an airport."),
        ("Who wrote Hamlet?", "The given context does not answer this question."),
    ],
)
def test_a_question_over_context_is_answered_by_its_best_sentence(
    ashui, question: str, answer: str
) -> None:
    assert ashui.ask(QA.format(context=CITY, question=question)) == answer


@pytest.mark.parametrize(
    "prompt",
    [
        f"{CITY}\n\nWhat is Porto known for?",
        f"What is Porto known for? {CITY}",
        f"Answer based only on this context:\n\n<context>\n{CITY}\n</context>\n\n"
        "Question: What is Porto known for?",
        "Use the following pieces of context to answer.\n"
        f"Question: What is Porto known for?\nContext: {CITY}\nAnswer:",
    ],
)
def test_context_is_found_in_any_of_the_usual_forms(ashui, prompt: str) -> None:
    assert ashui.ask(prompt) == "Porto is famous for its wine."


def test_chinese_context_and_cross_language_questions(ashui) -> None:
    prompt = "资料：趵突泉位于济南市中心。大明湖夏天荷花盛开。\n问题：趵突泉在哪里？\n回答："
    assert ashui.ask(prompt) == "趵突泉位于济南市中心。"
    english = "The weather in Jinan is sunny. The price of tea rose."
    assert ashui.ask(QA.format(context=english, question="济南的天气怎么样？")) == (
        "The weather in Jinan is sunny."
    )


def test_a_question_about_two_things_gets_two_sentences(ashui) -> None:
    context = "Uber grew by 57%. Cats sleep. Lyft grew by 36%."
    assert ashui.ask(QA.format(context=context, question="How much did Uber and Lyft grow?")) == (
        "Uber grew by 57%. Lyft grew by 36%."
    )


def test_context_in_the_system_message_is_used(ashui) -> None:
    rule = "-" * 20
    system = f"Use the context below to assist the user.\n{rule}\n{CITY}\n{rule}\n"
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": "Which town has an airport?"},
    ]
    assert ashui.ask(messages) == "Faro has an airport."


@pytest.mark.parametrize(
    ("said", "question", "answer"),
    [
        ("My name is Bob", "What is my name?", "Your name is Bob."),
        ("Hi! I'm Alice.", "What's my name?", "You're Alice."),
        ("我叫小明", "我叫什么名字？", "你叫小明。"),
        ("I have two dogs.", "How many dogs do I have?", "You have two dogs."),
    ],
)
def test_history_is_honoured(xingyun, said: str, question: str, answer: str) -> None:
    assert xingyun.ask(turns(said, "OK", question)) == answer
    assert xingyun.ask(question) != answer


def test_the_system_message_says_who_answers(xingyun) -> None:
    system = {"role": "system", "content": "You are Marvin, a paranoid android."}
    question = {"role": "user", "content": "Who are you?"}
    assert xingyun.ask([system, question]) == "I am Marvin, a paranoid android."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 3 + 4?", "3 + 4 = 7."),
        ("12乘以7等于多少？", "12 * 7 = 84。"),
        ("(2+3)*4=", "(2 + 3) * 4 = 20."),
        ("What is 2 to the power of 10?", "2^10 = 1024."),
        ("What is 1 divided by 0?", "1 / 0 = undefined."),
        ("What is 17 divided by 4?", "17 / 4 = 4.25."),
    ],
)
def test_arithmetic_is_computed(xingyun, question: str, answer: str) -> None:
    assert xingyun.ask(question) == answer


def test_huge_powers_and_dates_are_not_computed(xingyun) -> None:
    assert "offline emulator" in xingyun.ask("What is 9**9**9**9?")
    assert "= " not in xingyun.ask("What happened on 2024-10-01?")


def test_the_unanswerable_is_answered_honestly_in_the_questions_language(xingyun) -> None:
    english = xingyun.ask("Why is the sky blue?")
    assert "Why is the sky blue?" in english
    assert "offline emulator" in english
    chinese = xingyun.ask("天空为什么是蓝色的？")
    assert "天空为什么是蓝色的？" in chinese
    assert "离线模拟器" in chinese


def test_the_same_question_gets_the_same_answer(xingyun) -> None:
    assert xingyun.ask("写一首关于茶的诗") == xingyun.ask("写一首关于茶的诗")


def data_uri(colour: str, size: tuple[int, int] = (6, 4), kind: str = "PNG") -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def picture(url: str) -> dict:
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize("name", ["xingyun", "ashui"])
def test_images_are_decoded_and_described(request, name: str) -> None:
    service = request.getfixturevalue(name)
    text = {"type": "text", "text": "What is this?"}
    assert service.ask([text, picture(data_uri("red"))]) == (
        "This is a PNG image of 6 × 4 pixels, mainly red."
    )
    text = {"type": "text", "text": "这两张图有啥？"}
    answer = service.ask(
        [text, picture(data_uri("blue", (9, 9), "JPEG")), picture(data_uri("lime"))]
    )
    assert "第1张是一张 JPEG 图片，尺寸为 9×9 像素，主色为蓝色" in answer
    assert "第2张是一张 PNG 图片，尺寸为 6×4 像素，主色为亮绿色" in answer


def test_an_earlier_image_can_be_asked_about(xingyun) -> None:
    messages = [
        {"role": "user", "content": [picture(data_uri("red"))]},
        {"role": "assistant", "content": "I see."},
        {"role": "user", "content": "What colour was the image?"},
    ]
    assert "mainly red" in xingyun.ask(messages)


def test_own_images_are_resolved_and_others_are_not_fetched(ashui, shared) -> None:
    text = {"type": "text", "text": "What is this?"}
    assert "mainly orange" in ashui.ask([text, picture(f"{shared.files_url}/cat.png")])
    answer = ashui.ask([text, picture("https://pictures.invalid/cat.png")])
    assert "https://pictures.invalid/cat.png" in answer
    assert "did not fetch" in answer


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,AAAA", "data:image/png;base64,*", "cat.png"]
)
def test_broken_images_are_refused(xingyun, ashui, url: str) -> None:
    response = xingyun.post([picture(url)])
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request_error"
    assert ashui.post([picture(url)]).json()["Code"] == 400


@pytest.mark.parametrize(
    ("file", "question", "answer"),
    [
        ("sales.csv", "Which month had the highest revenue?", "revenue is 4300 (month: May"),
        ("sales.csv", "What is the total revenue in the North?", "for North is 8600."),
        ("sales.csv", "What is the average of units?", "150.83"),
        ("sales.csv", "What was sold in March?", "month: March, region: South"),
        ("xiaoshou.csv", "哪个月的销售额最高？", "销售额最高为24500（月份：三月"),
        ("xiaoshou.csv", "济南的销量一共是多少？", "济南销量的总和为200。"),
        ("stock.xlsx", "Which product has the lowest quantity?", "product: Teapot"),
        ("notes.txt", "When is the launch planned?", "planned for 2 June."),
        ("jiyao.txt", "市场预算由谁负责？", "由李雷负责"),
        ("handbook.md", "How many days of leave are paid?", "28 days of paid leave"),
    ],
)
def test_bundled_files_are_answered_from(ashui, shared, file, question, answer) -> None:
    assert answer in ashui.ask(question, file_list=[f"{shared.files_url}/{file}"])


def test_files_elsewhere_are_not_fetched(ashui, shared) -> None:
    urls = ["https://files.invalid/report.pdf", f"{shared.files_url}/notes.txt"]
    answer = ashui.ask("When is the launch planned?", file_list=urls)
    assert "did not fetch report.pdf from files.invalid" in answer
    assert "notes.txt: The launch of the mobile app" in answer


def test_bundled_files_can_be_downloaded(shared) -> None:
    index = httpx.get(shared.url).json()
    for url in index["files"]:
        assert httpx.get(url).status_code == 200
    assert httpx.get(f"{shared.files_url}/sales.csv").text.startswith("month,region,units,revenue")
    workbook = httpx.get(f"{shared.files_url}/stock.xlsx").content
    assert workbook.startswith(b"PK")
    assert httpx.get(f"{shared.files_url}/nothing.txt").status_code == 404


@pytest.mark.parametrize(
    "text",
    ["", "?", "-" * 50_000, "{" * 5_000, "1+" * 5_000, '"', "答：", "0/0", "<tools>"],
)
def test_odd_texts_get_an_answer(xingyun, text: str) -> None:
    content = [{"type": "text", "text": text}]
    assert xingyun.ask(content, model="gpt-4o") is not None


def test_half_a_surrogate_pair_gets_an_answer(xingyun) -> None:
    body = '{"model": "gpt-4o", "messages": [{"role": "user", "content": "\\ud83d"}]}'
    headers = {"Authorization": "Bearer k"}
    response = xingyun.http.post("/v1/chat/completions", content=body, headers=headers)
    assert response.status_code == 200
