/* A page that answers a form gets the address of the page that has the form: neither a reload nor a way back sends the form
   again, and a window that is restored finds the page. */
history.replaceState(null, "", document.currentScript.dataset.page);
