def render(results): return "<html>\n"
def renderer_digest(): return ""
