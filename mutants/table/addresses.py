"""The key goes to base_url, nothing breaks out of where it is put, and nothing is fetched."""

from __future__ import annotations

from mutants.protection import Protection

__all__ = ["ADDRESSES"]

_REDIRECTS = "tests/xyashui/test_redirects.py"
_ELSEWHERE = "tests/xyashui/test_redirects_elsewhere.py"
_INSECURE = "tests/security/test_insecure_address.py"
_INJECTION = "tests/security/test_injection.py"
_PASSWORDS = "tests/security/test_passwords_in_addresses.py"
_FETCHED = "tests/security/test_nothing_is_fetched.py"
_DOWNLOADS = "tests/xyashui/test_downloads.py::TestFetching"

ADDRESSES = (
    Protection(
        name="redirect-elsewhere",
        promise="A redirect to any other place is refused.",
        file="xyashui/transport.py",
        find="        if target and same and response.status_code in (307, 308):\n",
        put="        if target and response.status_code in (307, 308):\n",
        tests=[
            f"{_REDIRECTS}::test_to_another_place_nothing_is_sent"
            "[sync call-http://127.0.0.1:{}/v1-307]",
            f"{_ELSEWHERE}::test_the_same_port_does_not_make_the_same_place",
        ],
    ),
    Protection(
        name="redirect-host",
        promise="Another host is another place.",
        file="xyashui/transport.py",
        find=(
            "        same = (there.scheme, there.host, there.port) == (here.scheme, here.host, "
            "here.port)\n"
        ),
        put="        same = (there.scheme, there.port) == (here.scheme, here.port)\n",
        tests=[
            f"{_ELSEWHERE}::test_the_same_port_does_not_make_the_same_place"
            "[sync call-another address of it]",
        ],
    ),
    Protection(
        name="redirect-scheme",
        promise="So is the same without TLS.",
        file="xyashui/transport.py",
        find=(
            "        same = (there.scheme, there.host, there.port) == (here.scheme, here.host, "
            "here.port)\n"
        ),
        put="        same = (there.host, there.port) == (here.host, here.port)\n",
        tests=[
            f"{_ELSEWHERE}::test_the_same_port_does_not_make_the_same_place[sync call-with TLS]",
        ],
    ),
    Protection(
        name="redirect-port",
        promise="So is another port.",
        file="xyashui/transport.py",
        find=(
            "        same = (there.scheme, there.host, there.port) == (here.scheme, here.host, "
            "here.port)\n"
        ),
        put="        same = (there.scheme, there.host) == (here.scheme, here.host)\n",
        tests=[
            f"{_REDIRECTS}::test_to_another_place_nothing_is_sent"
            "[sync call-http://127.0.0.1:{}/v1-307]",
        ],
    ),
    Protection(
        name="redirect-method",
        promise="A redirect by a status that may change the method is refused.",
        file="xyashui/transport.py",
        find=" and response.status_code in (307, 308):\n",
        put=":\n",
        tests=[f"{_REDIRECTS}::test_a_status_that_may_change_the_method_is_not"],
    ),
    Protection(
        name="redirect-by-others",
        promise="An HTTP client of one's own that follows redirects does not.",
        file="xyashui/sending.py",
        find=(
            "                    response = http.send(request, stream=True, "
            "follow_redirects=False)\n"
        ),
        put="                    response = http.send(request, stream=True)\n",
        tests=[f"{_REDIRECTS}::test_a_client_of_ones_own_that_follows_does_not"],
    ),
    Protection(
        name="redirect-by-others-awaited",
        promise="Nor does an async one.",
        file="xyashui/sending.py",
        find="response = await http.send(request, stream=True, follow_redirects=False)",
        put="response = await http.send(request, stream=True)",
        tests=[f"{_ELSEWHERE}::test_an_async_client_of_ones_own_that_follows_does_not"],
    ),
    Protection(
        name="redirect-in-a-circle",
        promise="Redirects in a circle have an end.",
        file="xyashui/sending.py",
        find="_MOST_REDIRECTS = 3\n",
        put="_MOST_REDIRECTS = 30\n",
        tests=[f"{_REDIRECTS}::test_a_circle_ends[sync call]"],
    ),
    Protection(
        name="insecure-address",
        promise="An address that is neither https nor on this machine is warned of.",
        file="xyashui/calls.py",
        find="            warn_if_insecure(self.base_url)\n",
        put="            pass\n",
        tests=[f"{_INSECURE}::test_is_warned_of_once_where_it_is_given"],
    ),
    Protection(
        name="insecure-address-once",
        promise="Once.",
        file="xyashui/secrecy.py",
        find="    _warned.add(url)\n",
        put="",
        tests=[f"{_INSECURE}::test_is_warned_of_once_where_it_is_given"],
    ),
    Protection(
        name="nearly-this-machine",
        promise="A name that looks like this machine's is not.",
        file="xyashui/transport.py",
        find='    if host == "localhost":\n',
        put='    if host.startswith(("localhost", "127.")):\n',
        tests=[f"{_INSECURE}::test_a_name_that_looks_like_this_machine_is_not"],
    ),
    Protection(
        name="header-names",
        promise="What is no name of a header is refused.",
        file="xyashui/calls.py",
        find=" and _HEADER_NAME.fullmatch(name) is not None\n",
        put="\n",
        tests=[f"{_INJECTION}::test_a_header_whose_name_is_none_is_refused"],
    ),
    Protection(
        name="header-values",
        promise="A header of several lines is refused.",
        file="xyashui/calls.py",
        find="isinstance(value, str) and value.isascii() and value.isprintable()",
        put="isinstance(value, str)",
        tests=[f"{_INJECTION}::test_a_header_of_several_lines_is_refused"],
    ),
    Protection(
        name="key-of-several-words",
        promise="A key that is more than one word is refused.",
        file="xyashui/providers/provider.py",
        find='        if not key.isascii() or not key.isprintable() or " " in key:\n',
        put="        if False:\n",
        tests=[f"{_INJECTION}::test_a_key_that_is_more_than_one_word_is_refused"],
    ),
    Protection(
        name="address-with-a-query",
        promise="A base_url with a query, a fragment or a user name is refused.",
        file="xyashui/providers/provider.py",
        find=(
            '        well_formed = well_formed and not (parts.query or parts.fragment or "@" in '
            "parts.netloc)\n"
        ),
        put="        pass\n",
        tests=[f"{_INJECTION}::test_an_address_that_is_more_than_one_is_refused"],
    ),
    Protection(
        name="address-of-several-lines",
        promise="So is one with line breaks or control characters.",
        file="xyashui/providers/provider.py",
        find='        if not well_formed or any(character <= " " for character in url):\n',
        put="        if not well_formed:\n",
        tests=[f"{_INJECTION}::test_an_address_that_is_more_than_one_is_refused"],
    ),
    Protection(
        name="address-of-another-kind",
        promise="So is one that is not http(s).",
        file="xyashui/providers/provider.py",
        find='parts.scheme in {"http", "https"} and bool(parts.hostname)',
        put="bool(parts.hostname)",
        tests=[f"{_INJECTION}::test_an_address_that_is_more_than_one_is_refused"],
    ),
    Protection(
        name="ids-in-paths",
        promise="The id of a task is one step of a path, whatever is in it.",
        file="xyashui/endpoints/midjourney/wire.py",
        find="            f\"/mj/task/{quote(id_, safe='')}/fetch\",\n",
        put='            f"/mj/task/{id_}/fetch",\n',
        tests=[f"{_INJECTION}::test_the_id_of_a_task_is_one_step_of_the_address"],
    ),
    Protection(
        name="ids-of-dots",
        promise="An id of dots, which would lead elsewhere, is refused.",
        file="xyashui/endpoints/midjourney/records.py",
        find='given.strip(" .") and',
        put="given.strip() and",
        tests=[f"{_INJECTION}::test_an_id_that_leads_elsewhere_is_refused"],
    ),
    Protection(
        name="names-of-uploads",
        promise="The name of a file that is sent tells nothing of this machine.",
        file="xyashui/audio.py",
        find='        name=f"audio.{_ENDINGS.get(form, form)}",\n',
        put='        name=os.fspath(source) if isinstance(source, os.PathLike) else "audio",\n',
        tests=[f"{_INJECTION}::test_the_name_of_a_file_tells_nothing_of_this_machine"],
    ),
    Protection(
        name="passwords-in-addresses",
        promise="An address that is refused is shown without its password.",
        file="xyashui/addresses.py",
        find="    last = max(url.rfind(at) for at in _ATS)\n",
        put="    last = url.find(_ATS[0])\n",
        tests=[f"{_PASSWORDS}::test_an_address_is_refused_without_it"],
    ),
    Protection(
        name="passwords-in-file-lists",
        promise="So is one in a list of files.",
        file="xyashui/requests.py",
        find="        shown = shorten(bare(url) if isinstance(url, str) else url)\n",
        put="        shown = shorten(url)\n",
        tests=[f"{_PASSWORDS}::test_an_address_is_refused_without_it"],
    ),
    Protection(
        name="passwords-in-causes",
        promise="So is that of a proxy, in the causes of the error as well.",
        file="xyashui/transport.py",
        find='        known = str(error).startswith("Unknown scheme")\n',
        put="        raise _wrong_environment(str(error), _PROXIES) from error\n",
        tests=[f"{_PASSWORDS}::test_a_proxy_that_cannot_be_is_told_without_it"],
    ),
    Protection(
        name="pictures-in-questions",
        promise="The address of a picture is handed to the service, and never fetched from here.",
        file="xyashui/images.py",
        find='    if scheme in ("http", "https"):\n',
        put=(
            '    if scheme in ("http", "https"):\n'
            '        __import__("urllib.request").request.urlopen(url).read()\n'
        ),
        tests=[
            f"{_FETCHED}::test_a_picture[call-ChatXingYun sync call]",
            f"{_FETCHED}::test_a_block_of_langchain[image_url-ChatAShui async stream]",
            f"{_FETCHED}::test_a_block_of_llama_index[XingYun-ImageBlock]",
        ],
    ),
    Protection(
        name="files-in-questions",
        promise="So is that of a file.",
        file="xyashui/requests.py",
        find="        _check_url(name, url)\n",
        put=(
            "        _check_url(name, url)\n"
            '        __import__("urllib.request").request.urlopen(url).read()\n'
        ),
        tests=[
            f"{_FETCHED}::test_a_file[call-ChatAShui sync call]",
            f"{_FETCHED}::test_a_file[model-AShui async stream]",
        ],
    ),
    Protection(
        name="pictures-in-answers",
        promise="A picture that a service names is not fetched before it is asked for.",
        file="xyashui/pictures.py",
        find=("        if self.media_type is not None:\n            source"),
        put=("        if self.prefetch().media_type is not None:\n            source"),
        tests=[f"{_FETCHED}::test_nor_is_a_picture_that_a_service_names_before_it_is_asked_for"],
    ),
    Protection(
        name="download-addresses",
        promise="Pictures are fetched from http(s) addresses only.",
        file="xyashui/downloads.py",
        find='parts.scheme in ("http", "https") and bool(parts.hostname)',
        put="bool(url)",
        tests=[f"{_DOWNLOADS}::test_is_for_web_addresses_only"],
    ),
    Protection(
        name="download-redirects",
        promise="Nor do their redirects lead anywhere else.",
        file="xyashui/downloads.py",
        find='            return _checked(response.headers["location"], response.request.url)\n',
        put='            return str(response.request.url.join(response.headers["location"]))\n',
        tests=[f"{_DOWNLOADS}::test_follows_to_the_web_only"],
    ),
    Protection(
        name="download-circles",
        promise="Nor do they go in circles.",
        file="xyashui/downloads.py",
        find="_MOST_REDIRECTS = 5\n",
        put="_MOST_REDIRECTS = 50\n",
        tests=[f"{_DOWNLOADS}::test_does_not_go_in_circles"],
    ),
    Protection(
        name="download-pages",
        promise="What is called a page is not taken for a picture.",
        file="xyashui/picture_bytes.py",
        find=' or media_type.startswith("text/") or _JSON_OR_XML.match(media_type):\n',
        put=":\n",
        tests=["tests/xyashui/test_picture_bytes.py::test_text_is_none[a problem]"],
    ),
    Protection(
        name="download-size",
        promise="No more is fetched than can be held.",
        file="xyashui/downloads.py",
        find="        if size > MAX_DOWNLOAD_BYTES:\n",
        put="        if False:\n",
        tests=[f"{_DOWNLOADS}::test_takes_no_more_than_it_can_hold[sync]"],
    ),
    Protection(
        name="download-of-half",
        promise="Half a picture is an error, and no picture.",
        file="xyashui/downloads.py",
        find=(
            "                fetch.check_size(len(body))\n"
            "    except Exception as error:\n"
            "        raise fetch.broken(error, begun=True) from error\n"
            "    return bytes(body)\n"
            "\n"
            "\n"
            "async def"
        ),
        put=(
            "                fetch.check_size(len(body))\n"
            "    except Exception as error:\n"
            "        del error\n"
            "    return bytes(body)\n"
            "\n"
            "\n"
            "async def"
        ),
        tests=[f"{_DOWNLOADS}::test_never_gives_half_a_picture"],
    ),
    Protection(
        name="download-headers-of-ones-own",
        promise="What a client of one's own adds to its calls stays behind.",
        file="xyashui/downloads.py",
        find=(
            "                    fetch.request(url), stream=True, auth=None, "
            "follow_redirects=False\n"
            "                )\n"
            "        except Exception as error:\n"
            "            raise fetch.broken(error) from error\n"
            "        with"
        ),
        put=(
            "                    fetch.request(url), stream=True, follow_redirects=False\n"
            "                )\n"
            "        except Exception as error:\n"
            "            raise fetch.broken(error) from error\n"
            "        with"
        ),
        tests=[f"{_ELSEWHERE}::test_a_picture_is_fetched_without_who_a_client_of_ones_own_is"],
    ),
)
