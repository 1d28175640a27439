/* In the preview only: when the page that is shown has a new version, what differs is swapped, and nothing else moves.

   The page as the server sent it is kept beside the page as it is shown, because a theme changes what it shows: it adds
   buttons, wraps tables, moves annotations. Parts that are the same in both versions stay if the theme has left them
   alone, and are otherwise put in anew, so that the theme finds every part as it was sent, and adds what it adds once. */
(() => {
  "use strict"

  const ARTICLE = "article.md-content__inner, [role=main], article"
  const CONTENTS = ".md-nav--secondary, .bs-sidebar"
  const HERE = document.currentScript
  const PATIENCE = 3000
  const LONGEST = 400 /* parts between the first and the last that differ, for which it is worth to look further */

  /* The page as it was sent, part by part: [the part, the same part as it is shown]. */
  let sent = [], contents = []
  let path = location.pathname, version = HERE.dataset.version
  let request, timer
  /* By how much the text is not where it was, because the page had become too short to be scrolled as far. */
  let owed = { at: 0, by: 0 }

  const article = root => root.querySelector(ARTICLE)
  const key = node => node.nodeType === Node.ELEMENT_NODE ? node.outerHTML : `${node.nodeType}${node.nodeValue}`
  const outline = nodes => nodes.filter(node => /^H[1-6]$/.test(node.tagName)).map(key).join()

  function remember() {
    sent = [...article(document)?.childNodes ?? []].map(node => [node.cloneNode(true), node])
    contents = [...document.querySelectorAll(CONTENTS)].map(node => node.innerHTML)
  }

  /* A theme has put another page in the place of this one: how it was sent is not known, so all of it will differ. */
  function forget() {
    path = location.pathname
    version = "0"
    sent = []
    contents = [...document.querySelectorAll(CONTENTS)].map(() => "")
  }

  /* Which parts of two lists are the same, as pairs of indices: those at both ends, and the longest sequence between. */
  function same(old, fresh) {
    const pairs = []
    let start = 0, end = old.length, stop = fresh.length
    while (start < end && start < stop && old[start] === fresh[start]) pairs.push([start, start++])
    const tail = []
    while (end > start && stop > start && old[end - 1] === fresh[stop - 1]) tail.unshift([--end, --stop])
    if (Math.max(end, stop) - start <= LONGEST) pairs.push(...longest(old, fresh, start, end, stop))
    return [...pairs, ...tail]
  }

  function longest(old, fresh, start, end, stop) {
    const rows = end - start, columns = stop - start, pairs = []
    const best = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1))
    for (let i = rows - 1; i >= 0; i--)
      for (let j = columns - 1; j >= 0; j--)
        best[i][j] = old[start + i] === fresh[start + j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1])
    for (let i = 0, j = 0; i < rows && j < columns;) {
      if (old[start + i] === fresh[start + j]) pairs.push([start + i++, start + j++])
      else if (best[i + 1][j] >= best[i][j + 1]) i++
      else j++
    }
    return pairs
  }

  /* For each new part the old one whose place it takes: the same one, or the one that stood at its place between two. */
  function successors(pairs, size, before) {
    const of = new Map(pairs.map(([i, j]) => [j, i]))
    const taken = new Set(of.values())
    for (let j = 0, i = 0; j < size; j++) {
      if (of.has(j)) i = of.get(j) + 1
      else if (i < before && !taken.has(i)) of.set(j, i++)
    }
    return of
  }

  /* What a reader has done to a part: unfolded, chosen, scrolled, put the focus there. */
  const STATE = "details, input, pre, code, div, summary, a, button, [tabindex]"
  function stateOf(root) {
    if (root.nodeType !== Node.ELEMENT_NODE) return []
    return [root, ...root.querySelectorAll(STATE)].map(element => ({
      tag: element.tagName, open: element.open, checked: element.checked, left: element.scrollLeft,
      top: element.scrollTop, focus: element === document.activeElement && element !== document.body,
    }))
  }

  function restore(root, states, late) {
    if (root.nodeType !== Node.ELEMENT_NODE) return
    const elements = [root, ...root.querySelectorAll(STATE)]
    const count = {}, of = {}
    for (const state of states) (of[state.tag] ??= []).push(state)
    for (const element of elements) {
      const state = of[element.tagName]?.[count[element.tagName] = (count[element.tagName] ?? -1) + 1]
      if (!state) continue
      if (element.tagName === "DETAILS" && !late) element.open = state.open
      if (element.tagName === "INPUT" && !late) element.checked = state.checked
      if (state.left) element.scrollLeft = state.left
      if (state.top) element.scrollTop = state.top
      if (state.focus && late && document.activeElement === document.body) element.focus({ preventScroll: true })
    }
  }

  /* The part that a reader looks at: the first one that is seen below what is fixed at the top. */
  function landmark(nodes) {
    const top = document.querySelector(".md-header, .navbar")?.getBoundingClientRect().bottom ?? 0
    return nodes.findIndex(node => node.nodeType === Node.ELEMENT_NODE && node.isConnected
      && node.getClientRects().length && node.getBoundingClientRect().bottom > Math.max(0, top))
  }

  function swap(page) {
    const target = article(document), source = article(page)
    const tables = [...page.querySelectorAll(CONTENTS)].map(node => node.innerHTML)
    const shown = [...document.querySelectorAll(CONTENTS)]
    if (!target || !source || tables.length !== contents.length) return false
    const fresh = [...source.childNodes]
    /* A theme whose table of contents we do not know: a page with other headings is loaded again. */
    if (!tables.length && outline(fresh) !== outline(sent.map(([node]) => node))) return false

    const pairs = same(sent.map(([node]) => key(node)), fresh.map(key))
    const kept = new Map(pairs.filter(([i]) => sent[i][1].parentNode === target && sent[i][1].isEqualNode(sent[i][0]))
      .map(([i, j]) => [j, sent[i][1]]))
    if (kept.size === fresh.length && kept.size === sent.length) return true
    const of = successors(pairs, fresh.length, sent.length)
    const states = new Map([...of].filter(([j]) => !kept.has(j)).map(([j, i]) => [j, stateOf(shownPart(i, target))]))

    const at = landmark(sent.map((_, i) => shownPart(i, target)))
    const before = at < 0 ? 0 : shownPart(at, target).getBoundingClientRect().top - (owed.at === scrollY ? owed.by : 0)
    const nodes = fresh.map((node, j) => kept.get(j) ?? document.importNode(node, true))
    nodes.forEach((node, j) => kept.has(j) || restore(node, states.get(j) ?? [], false))
    document.documentElement.style.overflowAnchor = "none"
    arrange(target, nodes)
    sent = nodes.map((node, j) => [fresh[j].cloneNode(true), node])
    tables.forEach((html, i) => { if (html !== contents[i]) shown[i].innerHTML = html })
    contents = tables
    document.title = page.title

    window.document$?.next(document)
    const now = [...of].find(([, i]) => i === at)?.[0]
    const settle = () => {
      states.forEach((state, j) => restore(shownNode(nodes[j]), state, true))
      const part = now === undefined ? undefined : shownNode(nodes[now])
      if (!part?.isConnected) return
      scrollBy({ top: part.getBoundingClientRect().top - before, behavior: "instant" })
      owed = { at: scrollY, by: part.getBoundingClientRect().top - before }
    }
    settle()
    setTimeout(() => { document.documentElement.style.overflowAnchor = "" }, 100)
    return true
  }

  /* A part as it is shown: the element itself, or what the theme has wrapped it in, or where it has put it. */
  function shownPart(index, target) {
    const node = sent[index][1]
    for (let up = node; up; up = up.parentNode) if (up.parentNode === target) return up
    return node
  }
  const shownNode = node => {
    const target = article(document)
    for (let up = node; up; up = up.parentNode) if (up.parentNode === target) return up
    return node
  }

  /* Put these in the place of what an element holds; what is in it already is not taken out, not even for a moment. */
  function arrange(target, nodes) {
    const stay = new Set(nodes)
    for (const child of [...target.childNodes]) if (!stay.has(child)) child.remove()
    let next = target.firstChild
    for (const node of nodes) {
      if (node === next) next = next.nextSibling
      else target.insertBefore(node, next)
    }
  }

  async function refresh(signal) {
    const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal })
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    if (!answer.ok || !swap(page)) location.reload()
    document.dispatchEvent(new CustomEvent("workings:updated"))
  }

  async function poll() {
    const own = request = new AbortController()
    try {
      if (location.pathname !== path) forget()
      const query = new URLSearchParams({ page: path, since: version })
      const answer = await fetch(new URL(`version?${query}`, HERE.src), { cache: "no-store", signal: own.signal })
      if (!answer.ok) throw new Error(answer.statusText)
      const news = await answer.text()
      if (path === location.pathname && news !== version) {
        await refresh(own.signal)
        version = news
      }
      timer = setTimeout(poll, 0)
    } catch {
      if (request === own) timer = setTimeout(poll, PATIENCE)
    }
  }

  function stop() {
    const last = request
    request = undefined
    last?.abort()
    clearTimeout(timer)
  }

  const isSeen = () => document.visibilityState === "visible"
  const restart = () => { stop(); if (isSeen()) poll() }

  remember()
  addEventListener("load", restart)
  document.addEventListener("visibilitychange", restart)
  addEventListener("pagehide", stop)
  addEventListener("pageshow", event => { if (event.persisted) restart() })
  /* A theme that puts another page in the place of this one tells of it here, and of what we have put there ourselves. */
  window.document$?.subscribe(() => { if (location.pathname !== path) restart() })
})()
