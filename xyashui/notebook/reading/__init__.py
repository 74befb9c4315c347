"""Streams and answers of all kinds -> a view. No I/O; a framework is imported where it is in use.

opening       what was given to `show` -> what to iterate over, and who reads it
readers       this package's own chunks and answers; plain text
langchain     messages, what chains and LangGraph stream, documents
llama_index   responses, tokens, workflow events, nodes
engines       what LlamaIndex's engines and workflows stream, and what comes beside it
"""
