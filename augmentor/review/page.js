"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const make = (name, text = "", kind = "") => {
    const one = document.createElement(name);
    one.textContent = text;
    if (kind) one.className = kind;
    return one;
  };
  const stage = at("stage");
  const LETTERS = "123456789abcdefghijklmopqrstuvwxyz"; // without n, which makes a new tag

  // Where the task comes from and answers go: a server, or this very page.
  const server = {
    async sheet(rater) {
      const found = await fetch("task?rater=" + encodeURIComponent(rater));
      if (!found.ok) throw new Error(await found.text());
      return found.json();
    },
    async save(rater, item, answers) {
      const found = await fetch("answer", {
        method: "POST", keepalive: true, headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ rater, item, answers }),
      });
      if (!found.ok) throw new Error(await found.text());
    },
  };

  const packed = (sheet) => {
    const kept = () => { try { return window.localStorage; } catch { return null; } };
    const name = (rater) => sheet.pack + "/" + rater;
    const hash = (text) => { // FNV-1a: an order of their own for everyone
      let value = 0x811c9dc5;
      for (const one of new TextEncoder().encode(text)) value = Math.imul(value ^ one, 0x01000193);
      return value >>> 0;
    };
    let answers = {};
    return {
      async sheet(rater) {
        if (!rater) return sheet;
        answers = JSON.parse(kept()?.getItem(name(rater)) || "{}");
        const items = [...sheet.items];
        items.sort((one, two) => hash(rater + one.id) - hash(rater + two.id));
        return { ...sheet, rater, items, answers };
      },
      async save(rater, item, given) {
        answers[item] = { ...answers[item], ...given };
        try { kept()?.setItem(name(rater), JSON.stringify(answers)); } catch { /* full: on the page */ }
      },
      download() {
        const cell = (text) => '"' + String(text).replaceAll('"', '""') + '"';
        const names = sheet.questions.map((one) => one.id);
        const said = Object.entries(answers).flatMap(([item, given]) =>
          names.filter((one) => one in given).map((one) => [task.rater, item, one, given[one]]));
        const text = [["rater", "item", "question", "answer"], ...said]
          .map((row) => row.map(cell).join(",")).join("\n") + "\n";
        const link = make("a");
        link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
        link.download = "answers-" + task.rater.replace(/[^\w-]+/g, "_") + ".csv";
        link.click();
      },
    };
  };

  const home = at("pack") ? packed(JSON.parse(at("pack").textContent)) : server;
  let task = null, place = 0, asked = 0, saving = Promise.resolve(), broken = false;
  let waiting = false; // for the answers to an item to be kept; keys typed meanwhile wait too
  const waits = [];

  const say = (text, bad = false) => {
    at("say").textContent = text;
    at("say").className = bad ? "bad" : "";
  };
  const given = (item) => task.answers[item.id] ?? {};
  const complete = (item) => task.questions.every((one) => one.id in given(item));
  const done = () => task.items.filter(complete).length;

  async function begin(rater) {
    try {
      task = await home.sheet(rater);
    } catch (error) {
      say(String(error.message || error), true);
      return;
    }
    if (task.ask_name && !task.rater) { askName(); return; }
    if (done()) say("Welcome back: going on where you stopped.");
    next();
  }

  function askName() {
    const field = make("input");
    field.id = "name"; field.autocomplete = "off"; field.maxLength = 60;
    const label = make("label", "Your name, so that your answers stay together");
    label.htmlFor = "name";
    const start = make("button", "start");
    const go = () => { if (field.value.trim()) begin(field.value.trim()); };
    start.onclick = go;
    field.onkeydown = (event) => {
      event.stopPropagation(); // the first question must not take this Enter for its answer
      if (event.key === "Enter") go();
    };
    stage.replaceChildren(label, field, start);
    keys([["Enter", "start"]]);
    field.focus();
  }

  function next() {
    const after = task.items.findIndex((one, index) => index >= place && !complete(one));
    place = after >= 0 ? after : task.items.findIndex((one) => !complete(one));
    if (place < 0) { finished(); return; }
    show();
  }

  function finished() {
    place = task.items.length;
    progress();
    const end = make("p", "All " + task.items.length + " are done. Thank you! " + (home.download
      ? "Now download your answers, and send the file to whoever asked you." : "You can close this page."), "end");
    stage.replaceChildren(end, ...downloads());
    keys([["←", "back"]]);
    say("");
  }

  function downloads() {
    if (!home.download) return [];
    const button = make("button", "download my answers");
    button.onclick = () => { home.download(); say("Send the file to whoever asked you."); button.blur(); };
    return [button];
  }

  function progress() {
    at("place").textContent = place < task.items.length
      ? (place + 1) + " of " + task.items.length + ", " + done() + " done" + (task.rater ? ", " + task.rater : "")
      : done() + " of " + task.items.length + " done";
    at("bar").max = task.items.length || 1;
    at("bar").value = done();
  }

  function show() {
    const item = task.items[place];
    const first = task.questions.findIndex((one) => !(one.id in given(item)));
    asked = first < 0 ? 0 : first;
    const media = make(item.picture ? "img" : "audio");
    media.id = "media";
    if (item.picture) media.alt = "the picture to judge"; else media.controls = true;
    media.onerror = () => say("This one cannot be shown or played; go on with →.", true);
    media.src = item.media;
    const facts = make("dl");
    for (const [name, text] of item.facts) facts.append(make("dt", name), make("dd", text));
    const boxes = task.questions.map(box);
    stage.replaceChildren(media, ...(item.facts.length ? [facts] : []), ...boxes, ...downloads());
    progress();
    focus();
    if (!item.picture) play();
  }

  function play() {
    const media = at("media");
    if (!media?.play) return;
    media.currentTime = 0;
    media.play().catch(() => { if (!media.error) say("Press space to play."); });
  }

  function box(question, index) {
    const whole = make("fieldset");
    whole.append(make("legend", question.ask));
    if (question.kind === "text") {
      const field = make("input");
      field.id = "text"; field.autocomplete = "off"; field.spellcheck = false; field.maxLength = 2000;
      field.value = given(task.items[place])[question.id] ?? "";
      field.setAttribute("aria-label", question.ask);
      field.onfocus = () => { if (asked !== index) { asked = index; focus(); } };
      if (question.words?.length) {
        const list = make("datalist");
        list.id = "words"; field.setAttribute("list", "words");
        for (const one of question.words) { const option = make("option"); option.value = one; list.append(option); }
        whole.append(list);
      }
      whole.append(field, make("p", question.hint, "soft"));
    } else if (question.kind === "marks") {
      marks(whole, question);
    } else {
      for (const [key, text, value] of question.choices) {
        const button = choice(key, text, given(task.items[place])[question.id] === value);
        button.onclick = () => { if (!waiting) { asked = index; answer(value, true); button.blur(); } };
        whole.append(button);
      }
    }
    return whole;
  }

  function choice(key, text, on) {
    const button = make("button");
    if (key) button.append(make("kbd", key), " ");
    button.append(text);
    button.setAttribute("aria-pressed", on);
    return button;
  }

  // Marks stay on the page until Enter says that the row was looked at.
  let marked = new Set();
  function marks(whole, question) {
    marked = new Set(given(task.items[place])[question.id] ?? []);
    const names = make("div");
    const draw = () => names.replaceChildren(...question.choices.map((name, index) => {
      const button = choice(LETTERS[index] ?? "", name, marked.has(name));
      button.onclick = () => { toggle(name); button.blur(); };
      return button;
    }));
    const toggle = (name) => { if (!marked.delete(name)) marked.add(name); draw(); };
    whole.toggle = toggle;
    const field = make("input");
    field.id = "new"; field.autocomplete = "off"; field.maxLength = 60; field.placeholder = "a new tag";
    field.setAttribute("aria-label", "a new tag");
    whole.add = () => {
      const name = field.value.trim();
      if (name.includes(";")) { say("A tag has no ';' in it.", true); return; }
      if (name && !question.choices.includes(name)) question.choices.push(name);
      if (name) { marked.add(name); draw(); }
      field.value = ""; field.blur(); say("");
    };
    draw();
    whole.append(names, field);
  }

  function focus() {
    const question = task.questions[asked];
    const boxes = stage.querySelectorAll("fieldset");
    boxes.forEach((one, index) => one.classList.toggle("asked", index === asked));
    const field = boxes[asked]?.querySelector("#text");
    if (field) field.focus(); else document.activeElement?.blur?.();
    const sound = !task.items[place].picture;
    const again = sound ? [[question.kind === "text" ? "Ctrl+space" : "space", "play again"]] : [];
    const shown = {
      text: [["Enter", "confirm"], ["Esc", "leave the field"]],
      keys: [],
      marks: [["n", "a new tag"], ["Enter", "looked at, next"]],
    }[question.kind];
    const back = asked ? [["Backspace", "the question before"]] : [];
    keys([...again, ...shown, ...back, ["←", "back"], ["→", "on"]]);
  }

  function keys(pairs) {
    at("keys").replaceChildren(...pairs.map(([key, what]) => {
      const one = make("span");
      one.append(make("kbd", key), " " + what);
      return one;
    }));
  }

  function answer(value, clicked = false) {
    const item = task.items[place], question = task.questions[asked], open = !complete(item);
    task.answers[item.id] = { ...given(item), [question.id]: value };
    say("");
    saving = saving.then(() => broken || home.save(task.rater, item.id, { [question.id]: value }))
      .catch((error) => {
        broken = true;
        say("Not saved: " + (error.message || error) + ". Is the program in the terminal still running? " +
          "Start it again and open the address it shows.", true);
      });
    const rest = task.questions.findIndex((one) => !(one.id in given(item)));
    // Keys go by the questions' order; the mouse may begin anywhere.
    const to = asked + 1 < task.questions.length && !(clicked && open) ? asked + 1 : rest;
    if (to >= 0) step(question, value, to); else leave();
  }

  // What the page calls done is on the disk: the next one waits until this one is kept.
  async function leave() {
    waiting = true;
    await saving;
    waiting = false;
    if (broken) return;
    place += 1;
    next();
    while (waits.length && !waiting) handle(waits.shift());
  }

  function step(question, value, to) {
    const buttons = stage.querySelectorAll("fieldset")[asked].querySelectorAll("button");
    buttons.forEach((one, index) =>
      one.setAttribute("aria-pressed", question.choices[index][2] === value));
    asked = to;
    progress();
    focus();
  }

  function move(step) {
    const to = Math.min(place, task.items.length) + step;
    if (to < 0 || to >= task.items.length) return;
    place = to;
    say("");
    show();
  }

  // Of a key typed before the field was there, the browser wrote nothing: late.
  function typed(field, event, late) {
    if (event.key === "Escape") field.blur();
    else if (event.key === " " && event.ctrlKey) play();
    else if (event.key === "Enter" && !event.isComposing) {
      if (field.id === "new") stage.querySelector("fieldset").add();
      else answer(field.value);
    } else if (!late) return;
    else if (event.key === "Backspace") field.value = [...field.value].slice(0, -1).join("");
    else if (event.key.length === 1) field.value += event.key;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (!task?.items.length || broken) return;
    if (event.target.tagName === "INPUT") typed(event.target, event, false);
    else if (waiting) { waits.push(event); event.preventDefault(); } else handle(event);
  });

  function handle(event) {
    if (event.metaKey || event.altKey || (event.ctrlKey && event.key !== " ")) return;
    if (event.target.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ")) return;
    const field = document.activeElement;
    if (field?.tagName === "INPUT") { typed(field, event, true); return; }
    const question = place < task.items.length ? task.questions[asked] : null;
    const boxes = stage.querySelectorAll("fieldset");
    if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowRight") move(1);
    else if (event.repeat || !question) return;
    else if (event.key === " ") play();
    else if (event.key === "Backspace") { if (asked) { asked -= 1; focus(); } }
    else if (question.kind === "marks" && event.key === "Enter") answer([...marked]);
    else if (question.kind === "marks" && event.key === "n") at("new").focus();
    else if (question.kind === "marks") {
      const name = question.choices[LETTERS.indexOf(event.key)];
      if (!name || event.key.length > 1) return;
      boxes[asked].toggle(name);
    } else if (question.kind === "keys") {
      const found = question.choices.find((one) => one[0] === event.key.toLowerCase());
      if (!found) return;
      answer(found[2]);
    } else if (event.key === "Enter") at("text").focus();
    else return;
    event.preventDefault();
  }

  begin("");
})();
