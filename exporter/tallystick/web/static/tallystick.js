// Keeps a page fresh, and filters it while somebody types. The server does the work, with or without this script: what is
// wanted stands in the address, and the parts marked data-live are replaced by those of the page that the server sends.
'use strict';

(() => {
  const REFRESH_SECONDS = 30;
  const TYPING_MILLISECONDS = 150;
  const form = document.getElementById('filter');
  const fault = document.getElementById('refresh-fault');
  let latest = 0;

  // Replace what is live; an answer that was overtaken by a later one is left out.
  const refresh = async () => {
    const mine = ++latest;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine !== latest) return;
      for (const part of document.querySelectorAll('[data-live]')) {
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.innerHTML !== part.innerHTML) replace(part, fresh);
      }
      fault.textContent = '';
      document.dispatchEvent(new Event('tallystick:refreshed'));
    } catch (error) {
      if (mine === latest) fault.textContent = `could not be refreshed: ${error.message}`;
    }
  };

  // Put fresh in the place of part, and the focus back on the same link.
  const replace = (part, fresh) => {
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    part.replaceChildren(...document.importNode(fresh, true).childNodes);
    if (focused) [...part.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  };

  const show = (query) => {
    history.replaceState(null, '', location.pathname + (String(query) ? `?${query}` : ''));
    refresh();
  };

  const wanted = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value && !(name === 'sort' && value === 'worst')) query.set(name, value);
    }
    return query;
  };

  if (form) {
    let typing;
    form.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => show(wanted()), TYPING_MILLISECONDS);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      show(wanted());
    });
    document.addEventListener('click', (event) => {
      if (!event.target.closest('[data-clear]')) return;
      event.preventDefault();
      for (const field of form.elements) if (field.name && field.name !== 'sort') field.value = '';
      show(wanted());
      form.elements.q.focus();
    });
    document.addEventListener('keydown', (event) => {
      const typed = event.target.closest('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey;
      if (event.key !== '/' || typed) return;
      event.preventDefault();
      form.elements.q.focus();
    });
  }

  setInterval(() => {
    if (!document.hidden) refresh();
  }, REFRESH_SECONDS * 1000);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh();
  });
})();
