"""What the tools of both frameworks have in common: what models ask for, and what they are told.

A model writes what a tool is given, so nothing that it writes is read as a path or fetched as an
address: it names pictures by the files' names in the tool's own directory, by tasks' ids, or sends
them.

    painting   a picture for a model
    workshop   a model's orders for Midjourney, carried out
    orders     what a model may order
    speaking   text spoken for a model
    listening  recordings as documents, for readers
    gallery    a directory in which a tool keeps its pictures
    telling    pictures and tasks in words
    masks      a region of a picture -> the mask that Midjourney takes
    either     written once, for clients with and without `await`
"""
