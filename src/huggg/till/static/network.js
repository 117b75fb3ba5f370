/* The network of a till: without it, a link or a button that needs it would lead to an error of the browser. Such controls
   stay where they are, so that a screen reader finds them and reads why they are off. */

const Network = (() => {
  const NEEDING = 'a[href]:not([href^="#"]), form:not(#scan) button[type="submit"]';
  const words = document.getElementById("needs-network");
  let isThere = true;

  /* Controls that came into the page since are marked, too. */
  function tell(isThereNow) {
    isThere = isThereNow;
    words.hidden = isThere;
    for (const control of document.querySelectorAll(NEEDING)) {
      if (isThere) for (const name of ["aria-disabled", "aria-describedby"]) control.removeAttribute(name);
      else {
        control.setAttribute("aria-disabled", "true");
        control.setAttribute("aria-describedby", words.id);
      }
    }
  }

  document.addEventListener("click", event => {
    if (isThere || !event.target.closest(NEEDING)) return;
    event.preventDefault();
    words.scrollIntoView({ block: "nearest" });
  }, true);

  return { tell };
})();
